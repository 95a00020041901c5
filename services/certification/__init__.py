"""Certification: who has proved what, and the proof of it.

Owns: certificates (snapshot, signature, serial, verification code), the requests to change them and their history, the
serial counters, the signing keys, and what it heard of agencies and employees.
Says: CertificateIssuedV1, CertificateRevokedV1, CertificateSuspendedV1, CertificateReinstatedV1, CertificateExpiringV1,
CertificateExpiredV1.
Hears: EnrollmentCompletedV1, ResultCorrectedV1, AgencyRegisteredV1, AgencyChangedV1, EmployeeRegisteredV1,
EmployeeChangedV1, EmployeesMergedV1, EmployeeErasedV1 (from enrollment).
"""
