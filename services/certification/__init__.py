"""Certification: who has proved what, and the proof of it.

Owns: certificates (snapshot, signature, serial, verification code), the requests to change them and their history,
their credentials, the serial counters, the log of all that happened to them, the signing keys of the platform, of
agencies and of providers, how an agency's certificates look (profiles, images), completions that the brake holds or
another certificate covers, documents of training records, which records of the past it took in, numbers that are data
(policies), and what it heard of agencies and employees.
Says: CertificateIssuedV1, CertificateRevokedV1, CertificateSuspendedV1, CertificateReinstatedV1, CertificateExpiringV1,
CertificateExpiredV1; PastRecordTakenInV1.
Hears: EnrollmentCompletedV1, ResultCorrectedV1, Type2AwardedV1, RecordExtractedV1, AgencyRegisteredV1,
AgencyChangedV1, EmployeeRegisteredV1, EmployeeChangedV1, EmployeesMergedV1, EmployeeErasedV1 (from enrollment).
"""
