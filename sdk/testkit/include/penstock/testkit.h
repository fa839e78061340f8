/* SPDX-License-Identifier: MIT */
/* The test kit: a mock host that runs one layer, mux or service by itself and
 * watches that it keeps the contract. Needs libc and the SDK headers only. */
#ifndef PENSTOCK_TESTKIT_H
#define PENSTOCK_TESTKIT_H

#include <penstock/head.h>
#include <penstock/hop.h>
#include <penstock/layer.h>
#include <penstock/mux.h>
#include <penstock/opening.h>
#include <penstock/resource.h>
#include <penstock/service.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A kit is one instance with its queues. A test feeds an input port, runs the
 * kit until nothing changes, and reads an output port:
 *
 *	static const char *const options[] = {"chunk", "1", NULL};
 *	struct pst_kit_params p = {.layer = &chaos, .role = PST_ACCEPT,
 *				   .options = options};
 *	struct pst_kit *k = pst_kit_create(&p);
 *
 *	pst_kit_feed(pst_kit_rx_in(k), "hello", 5);
 *	pst_kit_run(k);
 *	CU_ASSERT(pst_kit_reads(pst_kit_rx_out(k), "hello", 5));
 *	CU_ASSERT_EQUAL(pst_kit_destroy(k), 0);
 *
 * Every slice and every segment is its own block of the heap and the queues
 * move to new addresses after each step, so that AddressSanitizer sees what a
 * real host would forgive. A breach of the contract is a *violation*: it is
 * kept, printed by pst_kit_destroy, and counted in its result. Watched are:
 * a put into an ended queue, into an input or outside a step; a put far past
 * the room; flags that the shape does not carry; heads and control records
 * that are malformed; slices that grew past their room; leaks; a step that
 * moves something when nothing changed, or moves before HEAVY; loop-only
 * functions on the helper; ERROR without pst_fail; UP or OFFER twice; unknown
 * attributes and metrics; a layer that never comes to rest.
 *
 * One thread. Functions that return nothing end the program with a message
 * when memory runs out.
 */
struct pst_kit;
struct pst_kit_port; /* one queue of a kit, as the test sees it */

/** A file for FILE and FILES options: an option whose value equals `name` gets
 *  `data`, any other value is read as a path. Files "keys/a.pem" and
 *  "keys/b.pem" make a folder "keys" for FILES. */
struct pst_kit_file {
	const char *name;
	const void *data;
	size_t length; /* bytes */
	uint32_t mode; /* permission bits; 0: 0600 */
};

/** A resource in the list of its kind, for REFS options. It is made, and its
 *  conf_init called, when an option refers to it, once. */
struct pst_kit_resource {
	const char *kind; /* the id of one of the kinds */
	const char *name;
	const char *const *options; /* as for the layer; NULL: none */
};

/** A record that pst_find finds. */
struct pst_kit_offer {
	const char *extension, *id;
	const void *record;
};

/** What to run. Exactly one of layer and service; all borrowed while the kit
 *  lives. Unset members are zero. */
struct pst_kit_params {
	const struct pst_layer *layer;
	const struct pst_mux *mux; /* with a layer that is one */
	const struct pst_service *service;
	enum pst_role role;         /* 0: PST_ACCEPT */
	/** name, value, ..., NULL; NULL: none. A LIST, FILES or REFS option may
	 *  be repeated. A value of REFS is what it may be in a configuration: a
	 *  name, a path or the kind's word; "@name" is the resource of this name
	 *  as if it were made in place. */
	const char *const *options;
	const struct pst_kit_file *files;
	size_t file_count;
	const struct pst_resource *const *kinds; /* that REFS rows name */
	size_t kind_count;
	const struct pst_kit_resource *resources;
	size_t resource_count;
	const struct pst_kit_offer *offers;
	size_t offer_count;
	uint32_t setup_flags; /* enum pst_setup_flag */
	int64_t now;          /* of setups; 0: the time of day */
	bool strict;          /* secrets that others can read are errors */
	const struct pst_url *url; /* NULL: as in a pipeline without URL */
	/** What pst_hop_of says; NULL: there is no such hop. For services, `connects`
	 *  and `accepts` are what their setup is told of pipelines. */
	const struct pst_hop *front, *back;
	const struct pst_hop *connects, *accepts;
	uint32_t connect_count, accept_count;
	uint32_t below;          /* enum pst_shape, where the layer leaves a */
	uint32_t above;          /* choice; 0: the lowest bit it declares */
	uint32_t extra_headroom; /* bytes above what the layer declares */
};

/** Parse options, call conf_init and open. Check pst_kit_ready before use; a
 *  kit that is not ready still has its diagnoses. Owned. */
struct pst_kit *pst_kit_create(const struct pst_kit_params *params);

/** Close, free everything, print violations to stderr. Returns how many there
 *  were. NULL is accepted. */
unsigned pst_kit_destroy(struct pst_kit *k);

/** True when conf_init and open succeeded. */
bool pst_kit_ready(const struct pst_kit *k);

/** The instance, to hand to a layer's own functions. */
struct pst_instance *pst_kit_instance(struct pst_kit *k);

/* -- running ------------------------------------------------------------- */

/** One step with what is queued now. Outputs are drained afterwards. */
enum pst_step pst_kit_step(struct pst_kit *k);

/** Step until nothing changes; HEAVY is followed by a step with
 *  PST_IO_HELPER. Returns the number of steps. */
size_t pst_kit_run(struct pst_kit *k);

/** Run several kits with linked ports until none of them changes. */
void pst_kit_run_all(struct pst_kit *const *kits, size_t count);

/** Move the clock `ms` on, call timers in order of their time, and run after
 *  each. */
void pst_kit_advance(struct pst_kit *k, uint64_t ms);

/** Deliver what leaves `from` into `to`, of this or another kit, as long as
 *  `to` has room. Ends are delivered too. `to` NULL: unlink. */
void pst_kit_link(struct pst_kit_port *from, struct pst_kit_port *to);

/** Link the wires of a front and a back instance back to back: tx_out of each
 *  to rx_in of the other. */
void pst_kit_pair(struct pst_kit *a, struct pst_kit *b);

/** Set PST_IO_DRAIN for all further steps. */
void pst_kit_drain(struct pst_kit *k);

/** Let the n-th allocation from now (1: the next) by the instance fail, once;
 *  0: none. */
void pst_kit_fail_memory(struct pst_kit *k, unsigned n);

/** Set the wall clock, seconds since 1970. */
void pst_kit_set_wall_clock(struct pst_kit *k, int64_t seconds);

/* -- ports --------------------------------------------------------------- */

/** The four queues. A mux has no rx_out and tx_in, a service neither: NULL. */
struct pst_kit_port *pst_kit_rx_in(struct pst_kit *k);
struct pst_kit_port *pst_kit_rx_out(struct pst_kit *k);
struct pst_kit_port *pst_kit_tx_in(struct pst_kit *k);
struct pst_kit_port *pst_kit_tx_out(struct pst_kit *k);

/** Bytes that the port's queue may hold before pst_room says 0; 64 KiB at
 *  first. */
void pst_kit_limit(struct pst_kit_port *p, size_t bytes);

/** Outputs are emptied after each step, as if the reader were fast. A stalled
 *  one keeps what it has, and its room shrinks. */
void pst_kit_stall(struct pst_kit_port *p, bool stalled);

/** Split what is fed from now on into slices of `size` bytes, or with a seed
 *  into 1 to `size` bytes at random. 0: do not split. */
void pst_kit_split(struct pst_kit_port *p, size_t size, uint32_t seed);

/** Headroom of slices fed from now on; at first what the layer declares. */
void pst_kit_headroom(struct pst_kit_port *p, uint32_t bytes);

/* -- feeding (inputs) ---------------------------------------------------- */

/** Queue payload without flags. */
void pst_kit_feed(struct pst_kit_port *p, const void *data, size_t length);
/** Queue one slice with `flags`, never split. */
void pst_kit_feed_slice(struct pst_kit_port *p, const void *data, size_t length,
                        uint32_t flags);
/** Queue payload of a message: `flags` but for PST_EOM on each slice, PST_EOM
 *  on the last. An empty last part is one empty slice. */
void pst_kit_feed_message(struct pst_kit_port *p, const void *data,
                          size_t length, uint32_t flags);
/** Queue a HEAD slice; `flags` may add PST_EOM. */
void pst_kit_feed_head(struct pst_kit_port *p, const struct pst_head *head,
                       uint32_t flags);
/** Queue a CONTROL slice; text may be NULL. */
void pst_kit_feed_control(struct pst_kit_port *p, enum pst_control_kind kind,
                          enum pst_class reason, uint16_t code,
                          const char *text);
/** End the port after what is queued. */
void pst_kit_end(struct pst_kit_port *p, enum pst_end end, enum pst_class why);
/** Feed `size` bytes at a time and run the kit after each. */
void pst_kit_drip(struct pst_kit_port *p, const void *data, size_t length,
                  size_t size);

/* -- reading (outputs; inputs show what was not taken) ------------------- */

/** Take up to `capacity` bytes of payload into `buffer`; stops in front of a
 *  HEAD or CONTROL slice. Message boundaries are not looked at. */
size_t pst_kit_read(struct pst_kit_port *p, void *buffer, size_t capacity);
/** True when exactly data[length] is all payload there is up to the end or the
 *  next HEAD or CONTROL; it is taken. Otherwise nothing is. */
bool pst_kit_reads(struct pst_kit_port *p, const void *data, size_t length);
/** Payload bytes that wait, over heads and control records. */
size_t pst_kit_waiting(const struct pst_kit_port *p);
/** The first slice, borrowed; NULL when there is none. */
struct pst_slice *pst_kit_peek(struct pst_kit_port *p);
/** Take the first slice; free it with pst_kit_free. NULL: none. */
struct pst_slice *pst_kit_take(struct pst_kit_port *p);
void pst_kit_free(struct pst_slice *s);
/** Drop everything that waits. */
void pst_kit_discard(struct pst_kit_port *p);
/** The head or control record in a slice; NULL when it holds none. */
const struct pst_head *pst_kit_head_of(const struct pst_slice *s);
const struct pst_control *pst_kit_control_of(const struct pst_slice *s);
/** How the port ended; PST_END_OPEN while it has not or slices wait. */
enum pst_end pst_kit_ended(const struct pst_kit_port *p);
enum pst_class pst_kit_end_class(const struct pst_kit_port *p);

/* -- heads --------------------------------------------------------------- */

/** A head in a form that is short to write. NULL strings are empty. */
struct pst_kit_head {
	enum pst_head_kind kind;
	uint16_t status;
	uint16_t version;
	enum pst_body body;
	uint64_t body_length;
	enum pst_upgrade upgrade_by;
	const char *method, *scheme, *authority, *path, *upgrade, *reason;
	const char *const *fields; /* name, value, ..., NULL; or NULL */
};

/** Build a head in `buffer` (8-byte aligned). Returns its size or a negative
 *  enum pst_result. */
int64_t pst_kit_build_head(const struct pst_kit_head *from, void *buffer,
                           size_t capacity);
/** Build and feed. Returns 0 or a negative enum pst_result. */
int pst_kit_feed_kit_head(struct pst_kit_port *p,
                          const struct pst_kit_head *from, uint32_t flags);
/** True when the field is there exactly once with that value (NULL: when it is
 *  not there at all). */
bool pst_kit_field_is(const struct pst_head *h, const char *name,
                      const char *value);
/** True when the span equals `text`, case included. */
bool pst_kit_span_is(const struct pst_head *h, struct pst_span s,
                     const char *text);
/** True when the record is well formed and `length` bytes long. */
bool pst_kit_head_ok(const void *record, size_t length);

/* -- what the instance said ---------------------------------------------- */

/** How often the step said UP (TRANSPARENT counts), OFFER and HEAVY. */
unsigned pst_kit_ups(const struct pst_kit *k);
unsigned pst_kit_offers(const struct pst_kit *k);
unsigned pst_kit_heavies(const struct pst_kit *k);
/** True after TRANSPARENT: the kit passes everything by itself. */
bool pst_kit_left(const struct pst_kit *k);
/** True after ERROR (or a failed open or offer). */
bool pst_kit_failed(const struct pst_kit *k);
/** The first pst_fail; CLEAN, 0 and "" when there was none. */
enum pst_class pst_kit_fail_class(const struct pst_kit *k);
unsigned pst_kit_fail_code(const struct pst_kit *k);
const char *pst_kit_fail_text(const struct pst_kit *k);
/** The value that the instance set; NULL: not set. */
const char *pst_kit_attribute(const struct pst_kit *k, const char *key,
                              enum pst_provenance *how_out);
/** Set an attribute as if a layer below had. */
void pst_kit_preset(struct pst_kit *k, const char *key, const char *value,
                    enum pst_provenance how);
/** Tell something as if the other hop had. As pst_tell. */
PST_MUST_CHECK int pst_kit_tell(struct pst_kit *k, enum pst_told what,
                                const void *data, size_t length);
PST_MUST_CHECK int pst_kit_tell_head(struct pst_kit *k, enum pst_told what,
                                     const struct pst_kit_head *head);
/** What was told, by the instance or the test. As pst_told. */
const void *pst_kit_told(struct pst_kit *k, enum pst_told what,
                         size_t *length_out);
/** Sum of a metric, by name; 0 when it was never counted. */
int64_t pst_kit_metric(const struct pst_kit *k, const char *name);
/** ms until timer `id` (0..3) is due; UINT64_MAX: not armed. */
uint64_t pst_kit_timer(const struct pst_kit *k, unsigned id);
/** True when a log line contains `text`. */
bool pst_kit_logged(const struct pst_kit *k, const char *text);
/** True when a diagnosis at `option` (NULL: anywhere) contains `text`. */
bool pst_kit_diagnosed(const struct pst_kit *k, const char *option,
                       const char *text);
/** The n-th diagnosis as "option: text"; NULL behind the last. Options of
 *  resources have their place in front, "identities.gw.certificate". */
const char *pst_kit_diagnosis(const struct pst_kit *k, unsigned n);
/** The n-th text given to pst_expires, and when; NULL behind the last. */
const char *pst_kit_expiry(const struct pst_kit *k, unsigned n,
                           int64_t *when_out);
/** Call conf_explain, of the resources too; the lines become diagnoses. */
void pst_kit_explain(struct pst_kit *k);
/** What pst_reason shall return. */
void pst_kit_set_reason(struct pst_kit *k, enum pst_class why,
                        const char *text);
/** Violations so far; the n-th as text, NULL behind the last. */
unsigned pst_kit_violations(const struct pst_kit *k);
const char *pst_kit_violation(const struct pst_kit *k, unsigned n);
/** Forget violations: for tests of the kit and of misbehaving layers. */
void pst_kit_forgive(struct pst_kit *k);

/** What pst_local_address tells from now on; borrowed. NULL, as at first:
 *  nothing. */
void pst_kit_set_local(struct pst_kit *k, const char *address);

/* -- muxes --------------------------------------------------------------- */

/** What pst_stream_accept shall return from now on; at first 0. */
void pst_kit_set_route(struct pst_kit *k, int result);
/** Open a stream as the core would (connect). Returns its index or a negative
 *  enum pst_result. */
int pst_kit_stream_open(struct pst_kit *k);
/** Streams so far, open or not. They are numbered as they were opened. */
unsigned pst_kit_streams(const struct pst_kit *k);
struct pst_kit_port *pst_kit_stream_rx_out(struct pst_kit *k, unsigned n);
struct pst_kit_port *pst_kit_stream_tx_in(struct pst_kit *k, unsigned n);
/** True after pst_stream_done. */
bool pst_kit_stream_done(const struct pst_kit *k, unsigned n);
/** The upper side goes: stream_close is called. What waits in rx_out can still
 *  be read. */
void pst_kit_stream_close(struct pst_kit *k, unsigned n);

/* -- services ------------------------------------------------------------ */

/** Call offer with what was fed. Returns what it returned. */
int pst_kit_offer(struct pst_kit *k);
/** Report a back stream. */
void pst_kit_back(struct pst_kit *k, uint32_t index, enum pst_back what);
/** What pst_service_connect shall return from now on; at first 0. */
void pst_kit_set_connect(struct pst_kit *k, int result);
/** Calls of pst_service_connect, and the index of the n-th. */
unsigned pst_kit_connects(const struct pst_kit *k);
uint32_t pst_kit_connect_index(const struct pst_kit *k, unsigned n);
/** The answer; NULL before it. Its head and text are copies. */
const struct pst_answer *pst_kit_answer(const struct pst_kit *k);
bool pst_kit_joined(const struct pst_kit *k);
/** Take a head through the service's `head`, as if the join passed it from
 *  `from`. Returns what goes on, freed with pst_kit_free; NULL: the service
 *  failed, or responded by itself. */
struct pst_slice *pst_kit_pass_head(struct pst_kit *k, enum pst_role from,
                                    const struct pst_kit_head *head);
/** Call the service's `lost`. */
void pst_kit_lost(struct pst_kit *k, enum pst_class why);
/** What pst_service_respond was given last, borrowed; NULL: nothing. The others
 *  may be NULL. */
const struct pst_head *pst_kit_response(const struct pst_kit *k,
                                        const void **body_out,
                                        size_t *length_out);
/** What pst_service_hold asked for while the last head was passed; 0: not. */
uint64_t pst_kit_hold(const struct pst_kit *k);

#ifdef __cplusplus
}
#endif
#endif
