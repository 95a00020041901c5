"""Enrollment: who works where, who sits in which course, and how it ended.

Owns   agencies with their officers, employees with their employment and transfers, enrollments with their history,
       attendance, results, approval rules, completions of programmes, forms after a course with their questionnaires
       and figures, bulk jobs, and what it heard of offerings (with their seat counters), courses, groups of courses and
       programmes; training records with what their hours were used for, recognitions, the years of people and agencies
       with their closings, figures of agencies by year, applications for type-2 certificates and those from before;
       what it heard of plans and of certificates; what is due of people with their reminders, and candidates for posts.
Says   AgencyRegisteredV1, AgencyChangedV1, EmployeeRegisteredV1, EmployeeChangedV1, EmployeesMergedV1,
       EmployeeErasedV1, OfficersChangedV1; EnrollmentRequestedV1, EnrollmentInvitedV1, EnrollmentWaitlistedV1,
       SeatOfferedV1, EnrollmentConfirmedV1, EnrollmentRejectedV1, EnrollmentLapsedV1, EnrollmentWithdrawnV1,
       EnrollmentCancelledV1, ScheduleChangedV1; ResitDueV1, EnrollmentCompletedV1, EnrollmentFailedV1,
       ResultCorrectedV1; OfferingDecidedV1; ProgrammeCompletedV1; FormDueV1; AnnualTrainingHoursClosedV1,
       HoursShortfallV1, CourseDueV1; Type2MovedV1, Type2AwardedV1; RecordExtractedV1.
Hears  from the catalog: OfferingOpenedV1, OfferingChangedV1, OfferingCancelledV1; CoursePublishedV1, CourseRetiredV1,
       CourseReviewedV1, CourseGroupChangedV1, LegalReferenceChangedV1; ProgrammePublishedV1, ProgrammeRetiredV1;
       PlanApprovedV1; from certification: CertificateIssuedV1, CertificateRevokedV1, PastRecordTakenInV1.
"""
