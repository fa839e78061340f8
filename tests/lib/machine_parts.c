/* SPDX-License-Identifier: MIT */
/* An echo, a join, a layer that passes, and one that leaves. */
#include "machine_parts.h"

#include <penstock/core.h>

static int echo_offer(struct pst_instance *me, struct pst_io *io)
{
	const struct pst_answer yes = {.size = sizeof(yes), .accept = 1};

	(void)io;
	pst_service_answer(me, &yes);
	return 0;
}

static enum pst_step echo_step(struct pst_instance *me, struct pst_io *io)
{
	pst_pass(me, io->tx_out, io->rx_in);
	return PST_STEP_OK;
}

const struct pst_service machine_echo = {
	.size = sizeof(machine_echo),
	.id = "echo",
	.shapes = PST_SHAPE_BYTES,
	.offer = echo_offer,
	.step = echo_step,
};

int machine_joins_offer(struct pst_instance *me, struct pst_io *io)
{
	(void)io;
	return pst_service_connect(me, 0);
}

int machine_joins_back(struct pst_instance *me, uint32_t index,
                       enum pst_back what)
{
	struct pst_answer answer = {.size = sizeof(answer)};

	(void)index;
	answer.accept = what == PST_BACK_UP;
	answer.reason = pst_reason(me, NULL);
	pst_service_answer(me, &answer);
	return answer.accept != 0 ? pst_service_join(me) : 0;
}

const struct pst_service machine_joins = {
	.size = sizeof(machine_joins),
	.flags = PST_SERVICE_CONNECTS,
	.id = "joins",
	.shapes = PST_SHAPE_BYTES | PST_SHAPE_MESSAGES,
	.offer = machine_joins_offer,
	.back = machine_joins_back,
};

static enum pst_step pass_step(struct pst_instance *me, struct pst_io *io)
{
	pst_pass(me, io->rx_out, io->rx_in);
	pst_pass(me, io->tx_out, io->tx_in);
	return PST_STEP_UP;
}

const struct pst_layer machine_pass = {
	.size = sizeof(machine_pass),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "pass",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_HALF_CLOSE,
	.step = pass_step,
};

static enum pst_step leave_step(struct pst_instance *me, struct pst_io *io)
{
	(void)me;
	return io->rx_in->first != NULL ? PST_STEP_TRANSPARENT : PST_STEP_UP;
}

const struct pst_layer machine_leave = {
	.size = sizeof(machine_leave),
	.roles = PST_ACCEPT | PST_CONNECT,
	.id = "leave",
	.below = PST_SHAPE_BYTES,
	.above = PST_SHAPE_BYTES,
	.provides = PST_PROVIDES_HALF_CLOSE,
	.step = leave_step,
};
