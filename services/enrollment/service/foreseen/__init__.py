"""What is foreseen for people, and whether somebody may be appointed."""
