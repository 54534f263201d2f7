"""The tools over payments. Who gets the money and how much are protected at every step, not only at the first."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import BaseModel

from policies.action import EffectKind
from tools.erp.payments import NewPayment, Payment, PaymentState
from tools.erp.tool import ErpPosting, ErpRead, ErpTool, found, plain_json, typed
from tools.erp.values import Acknowledged, Exact, RecordId, Value

APPROVED = frozenset(PaymentState) - {PaymentState.DRAFT, PaymentState.SUBMITTED}
RELEASED = APPROVED - {PaymentState.APPROVED}


class PayArguments(NewPayment):
    """A payment of a posted invoice to its supplier."""

    acknowledged: Acknowledged = ()


class ReadPaymentArguments(Value):
    """The ERP's id of the payment."""

    payment_id: RecordId


class SettleArguments(ReadPaymentArguments):
    """The payment that the bank has answered."""

    acknowledged: Acknowledged = ()


class ReleaseArguments(SettleArguments):
    """The payment, and what it must be of."""

    amount: Exact


class ReadPayment(ErpRead):
    """`{"payment": {…} | null}`."""

    name: ClassVar[str] = "erp.payment.read"
    arguments: ClassVar[type[BaseModel]] = ReadPaymentArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        return {"payment": plain_json(await self._erp.read_payment(typed(arguments, ReadPaymentArguments).payment_id))}


class CreatePayment(ErpPosting):
    """`{"payment": {…}}`, handed in for approval. Found by its key once it is."""

    name: ClassVar[str] = "erp.payment.create"
    effect_kind: ClassVar[EffectKind] = EffectKind.WRITE
    arguments: ClassVar[type[BaseModel]] = PayArguments
    protected: ClassVar[frozenset[str]] = frozenset({"supplier_id", "amount"})

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        asked = typed(arguments, PayArguments)
        new = NewPayment.model_validate(asked.model_dump(exclude={"acknowledged"}))
        return {"payment": plain_json(await self._erp.create_payment(new, key=key, acknowledged=asked.acknowledged))}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        payment = await self._erp.find_payment_by_key(key)
        return found("payment", payment, when=payment is not None and payment.state is not PaymentState.DRAFT)


class StatedPayment(ErpTool):
    """A step of a payment that happens once, whoever did it: its state answers, not a key."""

    stated: ClassVar[frozenset[PaymentState]]

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        payment = await self._erp.read_payment(typed(arguments, ReadPaymentArguments).payment_id)
        return found("payment", payment, when=payment is not None and payment.state in self.stated)


class ApprovePayment(StatedPayment):
    """`{"payment": {…}}`, approved at that amount."""

    name: ClassVar[str] = "erp.payment.approve"
    effect_kind: ClassVar[EffectKind] = EffectKind.WRITE
    arguments: ClassVar[type[BaseModel]] = ReleaseArguments
    protected: ClassVar[frozenset[str]] = frozenset({"amount"})
    stated: ClassVar[frozenset[PaymentState]] = APPROVED

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        asked = typed(arguments, ReleaseArguments)
        return _paid(
            await self._erp.approve_payment(
                asked.payment_id, expected_amount=asked.amount, key=key, acknowledged=asked.acknowledged
            )
        )


class ProcessPayment(ErpPosting, StatedPayment):
    """`{"payment": {…}}`, released to the bank at that amount."""

    name: ClassVar[str] = "erp.payment.process"
    effect_kind: ClassVar[EffectKind] = EffectKind.IRREVERSIBLE
    arguments: ClassVar[type[BaseModel]] = ReleaseArguments
    protected: ClassVar[frozenset[str]] = frozenset({"amount"})
    stated: ClassVar[frozenset[PaymentState]] = RELEASED

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        asked = typed(arguments, ReleaseArguments)
        return _paid(
            await self._erp.process_payment(
                asked.payment_id, expected_amount=asked.amount, key=key, acknowledged=asked.acknowledged
            )
        )


class SucceedPayment(ErpPosting, StatedPayment):
    """`{"payment": {…}}`, paid and reconciled with its invoice."""

    name: ClassVar[str] = "erp.payment.succeed"
    effect_kind: ClassVar[EffectKind] = EffectKind.IRREVERSIBLE
    arguments: ClassVar[type[BaseModel]] = SettleArguments
    stated: ClassVar[frozenset[PaymentState]] = frozenset({PaymentState.SUCCEEDED})

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        asked = typed(arguments, SettleArguments)
        return _paid(await self._erp.succeed_payment(asked.payment_id, key=key, acknowledged=asked.acknowledged))


class FailPayment(ErpPosting, StatedPayment):
    """`{"payment": {…}}`, not paid: its invoice is open again."""

    name: ClassVar[str] = "erp.payment.fail"
    effect_kind: ClassVar[EffectKind] = EffectKind.WRITE
    arguments: ClassVar[type[BaseModel]] = SettleArguments
    stated: ClassVar[frozenset[PaymentState]] = frozenset({PaymentState.FAILED})

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        asked = typed(arguments, SettleArguments)
        return _paid(await self._erp.fail_payment(asked.payment_id, key=key, acknowledged=asked.acknowledged))


def _paid(payment: Payment) -> dict[str, Any]:
    return {"payment": plain_json(payment)}
