"""What every service needs and none owns. Never imports `services`."""
