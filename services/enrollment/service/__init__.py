"""The enrollment service: one nameko class, its calls sorted by subject into the files beside this one."""

from typing import ClassVar

from services.enrollment import models
from services.enrollment.policies import POLICIES
from services.enrollment.service.agencies import AgencyCalls
from services.enrollment.service.approvals import ApprovalCalls
from services.enrollment.service.asking import FormTimers
from services.enrollment.service.closing import ClosingCalls
from services.enrollment.service.compliance.counting import ComplianceCounting
from services.enrollment.service.compliance.exports import ComplianceExports
from services.enrollment.service.compliance.reading import ComplianceQueries
from services.enrollment.service.corrections import CorrectionCalls
from services.enrollment.service.courses import CourseSubscribers
from services.enrollment.service.deciding import OfferingTimers
from services.enrollment.service.effectiveness import EffectivenessQueries
from services.enrollment.service.employment import EmploymentCalls
from services.enrollment.service.foreseen.appointments import AppointmentCalls
from services.enrollment.service.foreseen.keeping import ForeseenTimers
from services.enrollment.service.foreseen.reading import ForeseenQueries
from services.enrollment.service.forms import FormCalls
from services.enrollment.service.hours.closing import YearCalls
from services.enrollment.service.hours.ranks import RankCalls
from services.enrollment.service.hours.reading import HoursQueries
from services.enrollment.service.hours.recompute import RecomputeCalls
from services.enrollment.service.hours.required import HoursTimers
from services.enrollment.service.hours.shortfalls import ShortfallTimers
from services.enrollment.service.identity import IdentityCalls
from services.enrollment.service.invitations import InvitationCalls
from services.enrollment.service.lapsing import LapseTimers
from services.enrollment.service.ledger import LedgerQueries
from services.enrollment.service.merging import MergeCalls
from services.enrollment.service.offerings import OfferingSubscribers
from services.enrollment.service.officers import OfficerCalls
from services.enrollment.service.programmes import ProgrammeSubscribers
from services.enrollment.service.progress import ProgrammeQueries
from services.enrollment.service.questionnaires import QuestionnaireCalls
from services.enrollment.service.reading import EnrollmentQueries
from services.enrollment.service.record.certified import CertificateSubscribers
from services.enrollment.service.record.exports import ExportQueries
from services.enrollment.service.record.extracting import ExtractCalls
from services.enrollment.service.record.missed import MissedTimers
from services.enrollment.service.record.reading import RecordQueries
from services.enrollment.service.record.recognitions import RecognitionCalls
from services.enrollment.service.results import ResultCalls
from services.enrollment.service.running import RunningCalls
from services.enrollment.service.scores import ScoreCalls
from services.enrollment.service.seats import SeatCalls
from services.enrollment.service.staff import StaffCalls
from services.enrollment.service.standings import StandingQueries
from services.enrollment.service.telling_officers import OfficerNews
from services.enrollment.service.transfers import TransferCalls
from services.enrollment.service.type2.applications import Type2Calls
from services.enrollment.service.type2.awarding import Type2AwardCalls
from services.enrollment.service.type2.checking import Type2CheckQueries
from services.enrollment.service.type2.early_steps import EarlyStepCalls
from services.enrollment.service.type2.exams import Type2ExamCalls
from services.enrollment.service.type2.past import PastType2Calls
from services.enrollment.service.type2.reading import Type2Queries
from services.enrollment.service.uploads import UploadCalls
from services.enrollment.service.working import JobTimers
from shared.policies import Policies
from shared.policies.calls import PolicyCalls
from shared.service import BaseService


class EnrollmentService(
    AgencyCalls,
    StaffCalls,
    EmploymentCalls,
    IdentityCalls,
    MergeCalls,
    OfficerCalls,
    OfficerNews,
    TransferCalls,
    UploadCalls,
    JobTimers,
    SeatCalls,
    ApprovalCalls,
    InvitationCalls,
    RunningCalls,
    StandingQueries,
    ResultCalls,
    ClosingCalls,
    CorrectionCalls,
    EnrollmentQueries,
    LedgerQueries,
    RecordQueries,
    ExportQueries,
    RecognitionCalls,
    CertificateSubscribers,
    MissedTimers,
    ProgrammeQueries,
    OfferingSubscribers,
    OfferingTimers,
    LapseTimers,
    CourseSubscribers,
    ProgrammeSubscribers,
    QuestionnaireCalls,
    FormCalls,
    FormTimers,
    ScoreCalls,
    EffectivenessQueries,
    ComplianceQueries,
    ComplianceCounting,
    ComplianceExports,
    HoursQueries,
    HoursTimers,
    ShortfallTimers,
    YearCalls,
    RecomputeCalls,
    RankCalls,
    ExtractCalls,
    Type2CheckQueries,
    Type2Calls,
    Type2ExamCalls,
    Type2AwardCalls,
    Type2Queries,
    EarlyStepCalls,
    PastType2Calls,
    ForeseenQueries,
    ForeseenTimers,
    AppointmentCalls,
    PolicyCalls,
    BaseService,
):
    """Agencies, their staff, seats in offerings, results, the programmes they complete, and what it all brought."""

    name = "enrollment"
    metadata = models.metadata
    conflicts = models.CONFLICTS
    policies: ClassVar[Policies] = POLICIES
