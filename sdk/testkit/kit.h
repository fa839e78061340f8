/* SPDX-License-Identifier: MIT */
/* The test kit's own structures. */
#ifndef TESTKIT_KIT_H
#define TESTKIT_KIT_H

#include <penstock/testkit.h>

#define KIT_TIMERS   4
#define KIT_METRICS  64
#define KIT_CONNECTS 64
#define KIT_LIMIT    65536u
#define KIT_TURNS    300000u /* steps that may go by without a rest */
#define KIT_SLACK    1024u /* a header or an alert next to its payload */

enum kit_phase {
	KIT_NEW = 0, /* conf_init or open failed */
	KIT_OPEN,
	KIT_FAILED,
	KIT_LEFT
};

/** A slice; its bytes are a block of their own. */
struct kit_slice {
	struct pst_slice s; /* first: a slice is its kit_slice */
	struct pst_kit *kit;
	uint8_t *block;
	size_t block_size;
	bool queued;
};

/** One queue. `q` is what the instance sees, and moves after each step. */
struct pst_kit_port {
	struct pst_kit *kit;
	struct pst_queue *q;
	const char *name;
	struct pst_kit_port *peer; /* the input of an output, and back */
	struct pst_kit_port *link;
	struct pst_kit_port *next; /* of all ports of the kit */
	struct kit_stream *stream; /* NULL: the trunk's */
	struct pst_queue out;      /* drained; the test's */
	size_t limit;
	size_t put, taken; /* bytes, in this step */
	size_t room_at_step;
	size_t split;
	uint32_t random; /* 0: splits are of one size */
	uint32_t headroom;
	uint32_t shape;         /* enum pst_shape */
	uint32_t message_flags; /* of the message that is being put */
	bool in_message;
	bool output;
	bool stalled;
	bool end_delivered;
};

struct kit_stream {
	struct pst_stream s; /* first */
	struct pst_kit_port *rx_out, *tx_in;
	bool changed, done, closed;
};

/** A list of texts. */
struct kit_texts {
	char **item;
	unsigned count;
};

struct kit_attribute {
	struct kit_attribute *next;
	char *key, *value;
	enum pst_provenance how;
	bool preset;
};

/** What the other hop told. */
struct kit_told {
	void *data;
	size_t length;
};

struct kit_setup {
	struct pst_setup s; /* first */
	struct pst_kit *kit;
	bool resource;
};

/** A resource that something refers to. */
struct kit_resource {
	struct kit_setup setup;
	struct kit_resource *next;
	const struct pst_resource *kind;
	char *key; /* what it is found by: "corp", "ca.pem", "@corp" */
	char *path;
	void *conf;
	bool begun, failed;
};

/** A table that is being filled. */
struct kit_fill {
	struct pst_kit *k;
	const struct pst_option *rows;
	uint32_t stride;
	const char *const *given; /* name, value, ..., NULL */
	void *conf;
	const char *prefix; /* of options in diagnoses; NULL: none */
	uint32_t hops;      /* rows must be valid on; 0: any */
};

struct pst_kit {
	struct pst_instance me; /* first: an instance is its kit */
	struct pst_core core;
	struct kit_setup setup;
	struct pst_kit_params params;
	enum kit_phase phase;

	/* what layer and service have in common */
	const struct pst_option *options;
	uint32_t option_stride;
	const struct pst_metric *metrics;
	uint32_t metric_stride;
	void (*timeout)(struct pst_instance *, uint32_t);
	void *conf;
	bool conf_made;

	struct pst_kit_port *ports; /* all */
	struct pst_kit_port *rx_in, *rx_out, *tx_in, *tx_out;
	struct kit_stream **streams;
	unsigned stream_count;
	struct kit_stream *doomed; /* being closed */

	uint64_t activity; /* grows with each change of a queue */
	uint64_t passed;   /* deliveries over links */
	unsigned live;     /* slices */
	unsigned fail_at;  /* allocations until one fails */
	bool in_step, on_helper, heavy_next, woken, drain, quiet;
	bool in_open;
	unsigned ups, offers, heavies;

	uint64_t now_ms;
	int64_t wall;
	uint64_t due[KIT_TIMERS]; /* UINT64_MAX: off */

	bool has_failed;
	enum pst_class fail_class;
	unsigned fail_code;
	char fail_text[512];
	enum pst_class reason;
	char reason_text[512];

	struct kit_texts logs, diagnoses, violations, strings, expiries;
	int64_t *expiry;
	struct kit_resource *resources;
	uint8_t seed[32];
	void **blocks; /* owned memory of options */
	unsigned block_count;
	struct kit_attribute *attributes;
	int64_t metric[KIT_METRICS];

	int route_result, connect_result;
	const char *local; /* borrowed; NULL: not known */
	bool offered, answered, joined;
	struct pst_answer answer;
	void *answer_head, *answer_body;
	bool may_respond; /* within lost, or head of a final response */
	void *response_head, *response_body;
	size_t response_length;
	uint64_t hold;
	struct kit_told told[PST_TOLD_COUNT];
	char *answer_text;
	uint32_t connects[KIT_CONNECTS];
	unsigned connect_count;
};

/* kit_memory.c */
void *kit_alloc(size_t size);
char *kit_text(const char *text, size_t length);
struct pst_slice *kit_slice_make(struct pst_kit *k, size_t before, size_t want);
void kit_slice_drop(struct pst_slice *s);
void kit_append(struct pst_queue *q, struct pst_slice *s);
struct pst_slice *kit_unlink(struct pst_queue *q);
void kit_memory_entries(struct pst_core *core);
/** Put all of `from` behind `to`, and its end after it. */
void kit_splice(struct pst_kit *k, struct pst_queue *to,
                struct pst_queue *from);
bool kit_is_payload(const struct pst_slice *s);
size_t kit_room(const struct pst_kit_port *p);

/* kit_told.c */
void kit_told_entries(struct pst_core *core);
void kit_told_finish(struct pst_kit *k);

/* kit_instance.c */
void kit_instance_entries(struct pst_core *core);
PST_PRINTF(2, 3)
void kit_violate(struct pst_kit *k, const char *fmt, ...);
void kit_say(struct kit_texts *t, const char *text);

/* kit_setup.c */
void kit_setup_entries(struct pst_core *core);
bool kit_secret_ok(struct pst_kit *k, const char *prefix, const char *option,
                   const struct pst_file *file);
/** Add one line "prefix.option: text". `prefix` and `option` may be NULL. */
void kit_diagnose(struct pst_kit *k, const char *prefix, const char *option,
                  const char *text);

/* kit_files.c */
/** Both return false when there is nothing readable at `value`. */
bool kit_file(struct pst_kit *k, const char *value, struct pst_file *out);
bool kit_files(struct pst_kit *k, const char *value, struct pst_files *io);

/* kit_options.c */
void *kit_keep(struct pst_kit *k, void *block);
int kit_options_fill(const struct kit_fill *f);

/* kit_resource.c */
/** The resource that `value` means, made when it is first met. NULL: there is
 *  none, or it is wrong; diagnosed. */
const struct kit_resource *kit_refer(const struct kit_fill *f,
                                     const struct pst_option *o,
                                     const char *value);
void kit_resources_explain(struct pst_kit *k);
void kit_resources_finish(struct pst_kit *k);

/* kit_host.c */
struct pst_kit_port *kit_port_new(struct pst_kit *k, const char *name,
                                  uint32_t shape, bool output,
                                  uint32_t headroom);
struct kit_stream *kit_stream_new(struct pst_kit *k);
void kit_stream_end(struct pst_kit *k, struct kit_stream *s);

/* kit_run.c */
/** Empty outputs into links or for the test. True when something left a full
 *  queue. */
bool kit_drain_outputs(struct pst_kit *k);

#endif
