"""Enrollment: who works where, who sits in which course, and how it ended.

Owns   agencies, employees, enrollments, results, completions of programmes, forms after a course with their
       questionnaires and figures, and what it heard of offerings (with their seat counters), courses, groups of
       courses and programmes.
Says   AgencyRegisteredV1, EmployeeRegisteredV1; EnrollmentConfirmedV1, EnrollmentCompletedV1, EnrollmentFailedV1,
       EnrollmentCancelledV1, ScheduleChangedV1; OfferingDecidedV1; ProgrammeCompletedV1; FormDueV1.
Hears  from the catalog: OfferingOpenedV1, OfferingChangedV1, OfferingCancelledV1; CoursePublishedV1, CourseRetiredV1,
       CourseReviewedV1, CourseGroupChangedV1, LegalReferenceChangedV1; ProgrammePublishedV1, ProgrammeRetiredV1.
"""
