"""Certification: who has proved what, and the proof of it.

Owns: certificates (snapshot, signature, serial, verification code), the serial counters, the signing keys of the
platform, of agencies and of providers, completions that the brake holds, and what it heard of agencies and employees.
Says: CertificateIssuedV1, CertificateRevokedV1.
Hears: EnrollmentCompletedV1, ResultCorrectedV1, AgencyRegisteredV1, AgencyChangedV1, EmployeeRegisteredV1,
EmployeeChangedV1, EmployeesMergedV1, EmployeeErasedV1 (from enrollment).
"""
