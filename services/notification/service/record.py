"""What people are told of their hours, of the courses foreseen for them and of their type-2 certificate."""

from services.notification.domain.templates import TYPE2_TOLD, Template
from services.notification.service.queueing import Queue
from shared.database import Transaction
from shared.entrypoints import subscribe
from shared.events import AnnualTrainingHoursClosedV1, CourseDueV1, HoursShortfallV1, Type2MovedV1
from shared.messages import Message


class RecordNews(Queue):
    """Mixed into the service."""

    @subscribe(HoursShortfallV1, batch=200)
    def on_hours_shortfall(self, tx: Transaction, messages: list[Message[HoursShortfallV1]]) -> None:
        """Tell people how many hours of the year they lack, while there is time."""
        self.queue(tx, Template.HOURS_SHORTFALL, messages)

    @subscribe(CourseDueV1, batch=200)
    def on_course_due(self, tx: Transaction, messages: list[Message[CourseDueV1]]) -> None:
        """Tell people what they must complete, and by when; a renewal they hear of by the certificate that expires."""
        due = [message for message in messages if message.event.cause != "renewal"]
        if due:
            self.queue(tx, Template.COURSE_DUE, due)

    @subscribe(AnnualTrainingHoursClosedV1, batch=50)
    def on_annual_training_hours_closed(
        self, tx: Transaction, messages: list[Message[AnnualTrainingHoursClosedV1]]
    ) -> None:
        """Tell the officers of an agency that the hours of its year are there, once however many parts they come in."""
        first = [message for message in messages if message.event.part == 1]
        if first:
            self.queue(tx, Template.YEAR_CLOSED, first, lambda event: event.officers)

    @subscribe(Type2MovedV1, batch=200)
    def on_type2_moved(self, tx: Transaction, messages: list[Message[Type2MovedV1]]) -> None:
        """Tell people how their application for a type-2 certificate stands; of an award the certificate tells."""
        told = [message for message in messages if message.event.state in TYPE2_TOLD]
        if told:
            self.queue(tx, Template.TYPE2_MOVED, told)
