"""What a tool controller was told to run: the job id, the recipe number and its set-points."""

from sim_hardware.core.words import WordOrder, float_words, signed, unsigned
from sim_hardware.instruments.click_memory import ClickMemory, df, ds
from sim_hardware.instruments.click_packml import Ack
from sim_hardware.instruments.click_program import Order, PlcProgram, Refused

JOB_ID_LENGTH, RECIPE_ECHO_LENGTH = 16, 8
INFO_JOB_ID, INFO_RECIPE_ECHO, INFO_RECIPE_NO = 1, 33, 103  # TXT1, TXT33 and DS103


class RecipeBook:
    """The loaded recipe; a refused load changes nothing."""

    def __init__(self, memory: ClickMemory, program: PlcProgram) -> None:
        self._memory, self._program = memory, program
        self._latched: dict[int, float] = {}
        self._loaded = False
        self.job_echo = self.recipe_echo = ""
        self.start_up()

    def start_up(self) -> None:
        """Initial values, as after a power failure."""
        self._loaded, self.job_echo, self.recipe_echo = False, "", ""
        for point in self._program.setpoints:
            self._memory.put(df(point.number), float_words(point.initial, WordOrder.LOW_FIRST))
        for word in self._program.set_words:
            self._memory.put(ds(word.number), [unsigned(word.initial)])
        self._latched = {point.number: point.initial for point in self._program.setpoints}

    def setpoint(self, number: int) -> float:
        """The latched value of DF`number`."""
        return self._latched[number]

    def set_word(self, number: int) -> int:
        """DS`number` as it stands."""
        return signed(self._memory.word(ds(number)))

    def refuse_load(self, order: Order) -> Refused | None:
        """Refuse a recipe number or a set-point out of range; info is its register's number."""
        if order.recipe_no < 0:
            return Refused(Ack.REJECTED_RECIPE, INFO_RECIPE_NO)
        for point in self._program.setpoints:
            if not point.low <= self._memory.real(point.number) <= point.high:
                return Refused(Ack.REJECTED_RECIPE, point.number)
        for word in self._program.set_words:
            if not word.low <= self.set_word(word.number) <= word.high:
                return Refused(Ack.REJECTED_RECIPE, word.number)
        return None

    def load(self, order: Order) -> None:
        """Latch the set-points under the recipe number."""
        self._latched = {p.number: self._memory.real(p.number) for p in self._program.setpoints}
        self._loaded, self.recipe_echo = True, str(order.recipe_no)

    def forget_recipe(self) -> None:
        """No recipe is loaded any more."""
        self._loaded, self.recipe_echo = False, ""

    def refuse_start(self) -> Refused | None:
        """Refuse to start without a job id or a recipe."""
        if not self._memory.text(1, JOB_ID_LENGTH).strip():
            return Refused(Ack.REJECTED_RECIPE, INFO_JOB_ID)
        return None if self._loaded else Refused(Ack.REJECTED_RECIPE, INFO_RECIPE_ECHO)

    def echo_job(self) -> None:
        """Copy the job id to its echo."""
        self.job_echo = self._memory.text(1, JOB_ID_LENGTH)
