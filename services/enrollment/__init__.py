"""Enrollment: who works where, who sits in which course, and how it ended.

Owns: agencies, employees, enrollments, results, and what it heard of offerings (with their seat counters).
Says: AgencyRegisteredV1, EmployeeRegisteredV1, EnrollmentConfirmedV1, EnrollmentCompletedV1, EnrollmentFailedV1.
Hears: OfferingOpenedV1, OfferingCancelledV1 (from the catalog).
"""
