/* SPDX-License-Identifier: MIT */
/* Identities: where they come from, each fault in words, who signs. */
#include "test_tls_id_kit.h"

#include "tls_conf.h"

#include <gnutls/pkcs12.h>

static struct pst_kit *kit;

/* What conf_explain says. */
static void explains(const char *const *options, const char *key,
                     const char *text)
{
	kit = id_kit(PST_ACCEPT, options);
	CHECK(pst_kit_ready(kit));
	pst_kit_explain(kit);
	if (!CHECK(pst_kit_diagnosed(kit, key, text))) {
		unsigned i;

		for (i = 0; pst_kit_diagnosis(kit, i) != NULL; i++) {
			printf("    said: %s\n", pst_kit_diagnosis(kit, i));
		}
	}
	CHECK_INT(pst_kit_destroy(kit), 0);
}

static const char *client_sees(const char *const *front)
{
	return id_shake(id_kit(PST_ACCEPT, front),
	                id_kit(PST_CONNECT, LIST("verify", "off", "server_name",
	                                         "a.example.com")));
}

/* -- PEM ----------------------------------------------------------------------- */

static void one_file_may_hold_certificate_and_key(void)
{
	char *both = tinyca_join(id_cert(ID_A)->pem, id_cert(ID_A)->key_pem);
	char *turned = tinyca_join(id_cert(ID_A)->key_pem, id_cert(ID_A)->pem);

	id_text("both.pem", both);
	id_text("turned.pem", turned);
	id_fine(LIST("certificate", "both.pem"));
	id_fine(LIST("certificate", "turned.pem"));
	CHECK_STR(client_sees(LIST("certificate", "turned.pem")), "CN=a");
	CHECK_STR(client_sees(LIST("identity", "both.pem")), "CN=a");
	id_file("both.pem", both, strlen(both), 0644);
	id_warned(LIST("certificate", "both.pem"), "certificate", "both.pem");
	id_more.strict = true;
	id_refused(PST_ACCEPT, LIST("certificate", "both.pem"), "certificate",
	           "both.pem");
	id_refused(PST_ACCEPT, LIST("identity", "both.pem"), NULL, "both.pem");
	id_more.strict = false;
	id_forget_files();
	free(both);
	free(turned);
}

static void the_chain_may_lie_apart(void)
{
	explains(LIST(SERVES("leaf"), "chain", "middle.pem"), "certificate",
	         "leaf.pem and middle.pem, 2 in the chain");
	id_warned(LIST(SERVES("leaf"), "chain", "ca2.pem"), "certificate",
	          "certificate 1 was not issued by number 2");
	id_refused(PST_ACCEPT, LIST(SERVES("leaf"), "chain", "leaf.key"),
	           "chain", "leaf.key holds a private key");
	id_refused(PST_ACCEPT, LIST("chain", "ca.pem"), "chain",
	           "set certificate");
}

static void sources_exclude_each_other(void)
{
	id_refused(PST_ACCEPT, LIST(SERVES("a"), "keystore", "b.pem"),
	           "keystore", "set one");
	id_refused(PST_ACCEPT, LIST(SERVES("a"), "directory", "b.pem"),
	           "directory", "set one");
	id_refused(PST_ACCEPT, LIST("private_key", "a.key"), "private_key",
	           "no certificate next to it");
	id_refused(PST_ACCEPT, LIST("certificate", "a.pem"), "certificate",
	           "no private_key next to it, nor a key in it");
	id_refused(PST_ACCEPT, LIST("password_file", "a.pem"), "password_file",
	           "no private_key that it could open");
}

static void keys_of_the_wrong_kind_are_refused(void)
{
	struct tinyca_spec spec = {.dns = {"a.example.com"},
	                           .curve = GNUTLS_ECC_CURVE_SECP224R1};
	struct tinyca_cert odd;

	tinyca_make(&odd, &spec);
	id_text("odd.pem", odd.pem);
	id_text("odd.key", odd.key_pem);
	id_refused(PST_ACCEPT, LIST(SERVES("odd")), "certificate",
	           "which no TLS peer takes");
	tinyca_finish(&odd);
	id_forget_files();
}

/* The first key's numbers with the second's certificate cannot be made without
 * effort; a private scalar that is not the public key's can. */
static void a_damaged_key_is_refused(void)
{
	gnutls_datum_t der = {NULL, 0}, pem = {NULL, 0};
	char *text;

	CHECK_INT(gnutls_x509_privkey_export2(id_cert(ID_A)->key,
	                                      GNUTLS_X509_FMT_DER, &der),
	          0);
	der.data[20] ^= 1; /* in the OCTET STRING of RFC 5915 3 */
	CHECK_INT(gnutls_pem_base64_encode2("EC PRIVATE KEY", &der, &pem), 0);
	text = strndup((const char *)pem.data, pem.size);
	id_text("damaged.key", text);
	id_refused(PST_ACCEPT,
	           LIST("certificate", "a.pem", "private_key", "damaged.key"),
	           "private_key", "damaged.key is damaged");
	id_forget_files();
	free(text);
	gnutls_free(der.data);
	gnutls_free(pem.data);
}

/* -- keystores ------------------------------------------------------------------- */

/* A PKCS#12 store of keys and certificates. Owned: free(). */
static void *store(const enum id_cert *keys, size_t key_count,
                   const enum id_cert *crts, size_t crt_count,
                   const char *password, unsigned flags, size_t *length_out)
{
	gnutls_pkcs12_t p12;
	gnutls_pkcs12_bag_t bag;
	gnutls_datum_t der;
	void *out;
	size_t i;

	CHECK_INT(gnutls_pkcs12_init(&p12), 0);
	CHECK_INT(gnutls_pkcs12_bag_init(&bag), 0);
	for (i = 0; i < crt_count; i++) {
		CHECK(gnutls_pkcs12_bag_set_crt(bag, id_cert(crts[i])->crt) >=
		      0);
	}
	if (crt_count != 0) {
		CHECK_INT(gnutls_pkcs12_bag_encrypt(bag, password, flags), 0);
		CHECK_INT(gnutls_pkcs12_set_bag(p12, bag), 0);
	}
	gnutls_pkcs12_bag_deinit(bag);
	for (i = 0; i < key_count; i++) {
		gnutls_datum_t key;

		CHECK_INT(gnutls_pkcs12_bag_init(&bag), 0);
		CHECK_INT(gnutls_x509_privkey_export2_pkcs8(
				  id_cert(keys[i])->key, GNUTLS_X509_FMT_DER,
				  password, flags, &key),
		          0);
		CHECK(gnutls_pkcs12_bag_set_data(
			      bag, GNUTLS_BAG_PKCS8_ENCRYPTED_KEY, &key) >= 0);
		gnutls_free(key.data);
		CHECK_INT(gnutls_pkcs12_set_bag(p12, bag), 0);
		gnutls_pkcs12_bag_deinit(bag);
	}
	CHECK_INT(gnutls_pkcs12_generate_mac2(p12, GNUTLS_MAC_SHA256, password),
	          0);
	CHECK_INT(gnutls_pkcs12_export2(p12, GNUTLS_X509_FMT_DER, &der), 0);
	gnutls_pkcs12_deinit(p12);
	out = malloc(der.size);
	memcpy(out, der.data, der.size);
	*length_out = der.size;
	gnutls_free(der.data);
	return out;
}

#define STORE(...) "keystore", "gw.p12", "password_file", __VA_ARGS__

static void a_keystore_holds_key_and_chain(void)
{
	static const unsigned ciphers[] = {GNUTLS_PKCS_PBES2_AES_256,
	                                   GNUTLS_PKCS_PKCS12_3DES,
	                                   GNUTLS_PKCS_PKCS12_RC2_40};
	const enum id_cert crts[] = {ID_CA, ID_MIDDLE, ID_B, ID_LEAF};
	const enum id_cert key = ID_LEAF;
	size_t i, length;

	id_text("good.pw", "secret\n");
	id_text("bad.pw", "secrets\n");
	for (i = 0; i < 3; i++) {
		void *p12 =
			store(&key, 1, crts, 4, "secret", ciphers[i], &length);

		id_file("gw.p12", p12, length, 0);
		id_fine(LIST(STORE("good.pw")));
		explains(LIST(STORE("good.pw")), "certificate",
		         "gw.p12, 2 in the chain");
		CHECK_STR(client_sees(LIST(STORE("good.pw"))), "CN=leaf");
		id_refused(PST_ACCEPT, LIST(STORE("bad.pw")), "password_file",
		           "the password in bad.pw does not open gw.p12");
		id_refused(PST_ACCEPT, LIST("keystore", "gw.p12"), "keystore",
		           "set password_file");
		id_forget_files();
		id_text("good.pw", "secret\n");
		id_text("bad.pw", "secrets\n");
		free(p12);
	}
	id_forget_files();
}

static void a_keystore_has_one_key_with_its_certificate(void)
{
	const enum id_cert two[] = {ID_A, ID_B};
	size_t length;
	void *p12;

	id_text("good.pw", "secret\n");
	p12 = store(two, 2, two, 2, "secret", 0, &length);
	id_file("gw.p12", p12, length, 0);
	id_refused(PST_ACCEPT, LIST(STORE("good.pw")), "keystore",
	           "holds 2 private keys");
	free(p12);
	p12 = store(two, 0, two, 2, "secret", 0, &length);
	id_file("gw.p12", p12, length, 0);
	id_refused(PST_ACCEPT, LIST(STORE("good.pw")), "keystore",
	           "holds 0 private keys");
	free(p12);
	p12 = store(two, 1, two + 1, 1, "secret", 0, &length);
	id_file("gw.p12", p12, length, 0);
	id_refused(PST_ACCEPT, LIST(STORE("good.pw")), "keystore",
	           "no certificate that belongs to it");
	id_forget_files();
	free(p12);
}

static void stores_of_java_are_refused_with_the_command_that_converts(void)
{
	id_file("my.keys/gw.jks", "\xfe\xed\xfe\xed\0\0\0\2", 8, 0);
	id_refused(PST_ACCEPT, LIST("keystore", "my.keys/gw.jks"), "keystore",
	           "keytool -importkeystore -srckeystore 'my.keys/gw.jks' "
	           "-srcstoretype JKS -destkeystore 'my.keys/gw.p12' "
	           "-deststoretype PKCS12");
	id_file("keys.d/store", "\xce\xce\xce\xce\0\0\0\2", 8, 0);
	id_refused(PST_ACCEPT, LIST("keystore", "keys.d/store"), "keystore",
	           "-srckeystore 'keys.d/store' -srcstoretype JCEKS "
	           "-destkeystore 'keys.d/store.p12'");
	id_forget_files();
}

static void a_keystore_that_is_none(void)
{
	id_text("empty.p12", "");
	id_text("text.p12", "0123456789");
	id_refused(PST_ACCEPT, LIST("keystore", "empty.p12"), "keystore",
	           "is empty");
	id_refused(PST_ACCEPT, LIST("keystore", "text.p12"), "keystore",
	           "is not a PKCS#12 keystore");
	id_refused(PST_ACCEPT, LIST("keystore", "a.pem"), "keystore",
	           "is PEM, not PKCS#12");
	id_forget_files();
}

/* Bytes of a keystore changed, and many lengths: an error, or what it is. */
static void damaged_keystores_do_no_harm(void)
{
	const enum id_cert one = ID_A;
	size_t length, i;
	uint8_t *p12 = store(&one, 1, &one, 1, "secret", 0, &length);

	id_text("good.pw", "secret\n");
	for (i = 0; i < length; i += 97) {
		p12[i] ^= 0xff;
		id_file("gw.p12", p12, length, 0);
		kit = id_kit(PST_ACCEPT, LIST(STORE("good.pw")));
		CHECK_INT(pst_kit_destroy(kit), 0);
		p12[i] ^= 0xff;
		id_file("gw.p12", p12, i, 0);
		kit = id_kit(PST_ACCEPT, LIST(STORE("good.pw")));
		CHECK(!pst_kit_ready(kit));
		CHECK_INT(pst_kit_destroy(kit), 0);
	}
	id_forget_files();
	free(p12);
}

/* -- folders ---------------------------------------------------------------------- */

static void a_folder_holds_pairs(void)
{
	char *both =
		tinyca_join(id_cert(ID_WILD)->pem, id_cert(ID_WILD)->key_pem);

	id_text("d/a.crt", id_cert(ID_A)->pem);
	id_text("d/a.key", id_cert(ID_A)->key_pem);
	id_text("d/b.CERT", id_cert(ID_B)->pem);
	id_text("d/b.KEY", id_cert(ID_B)->key_pem);
	id_text("d/b.c.pem", id_cert(ID_A_RSA)->pem);
	id_text("d/b.c.key", id_cert(ID_A_RSA)->key_pem);
	id_text("d/w.pem", both);
	id_text("d/README", "not looked at\n");
	id_fine(LIST("directory", "d"));
	explains(LIST("directory", "d"), "certificate", "d/a.crt");
	explains(LIST("directory", "d"), "certificate", "d/b.c.pem");
	explains(LIST("directory", "d"), "default certificate",
	         "a.example.com, by the first certificate");
	CHECK_STR(client_sees(LIST("directory", "d")), "CN=a");
	CHECK_STR(client_sees(LIST("identity", "d/")), "CN=a");
	id_text("d/x.p12", "");
	id_warned(LIST("directory", "d"), "directory",
	          "x.p12 is not looked at");
	id_file("d/a.key", id_cert(ID_A)->key_pem,
	        strlen(id_cert(ID_A)->key_pem), 0644);
	id_warned(LIST("directory", "d"), "directory", "a.key");
	id_forget_files();
	free(both);
}

static void who_has_no_partner_is_named(void)
{
	id_text("d/a.pem", id_cert(ID_A)->pem);
	id_text("d/a.key", id_cert(ID_A)->key_pem);
	id_text("d/b.pem", id_cert(ID_B)->pem);
	id_refused(PST_ACCEPT, LIST("directory", "d"), "directory",
	           "d/b.pem has no private key, neither in it nor in d/b.key");
	id_text("d/b.pem", id_cert(ID_B)->key_pem);
	id_refused(PST_ACCEPT, LIST("directory", "d"), "directory",
	           "d/b.pem has no certificate");
	id_text("d/b.pem", id_cert(ID_B)->pem);
	id_text("d/b.key", id_cert(ID_B)->key_pem);
	id_text("d/b.crt", id_cert(ID_B)->pem);
	id_refused(PST_ACCEPT, LIST("directory", "d"), "directory",
	           "d/b.crt and d/b.pem are both the certificate");
	id_text("d/b.crt", "0\x82 binary");
	id_text("d/b.pem", id_cert(ID_B)->key_pem);
	id_refused(PST_ACCEPT, LIST("directory", "d"), "directory",
	           "are both the key");
	id_forget_files();
	id_text("d/b.crt", "0\x82 binary");
	id_text("d/b.key", id_cert(ID_B)->key_pem);
	id_refused(PST_ACCEPT, LIST("directory", "d"), "directory",
	           "d/b.crt is DER, not PEM");
	id_text("d/b.crt", id_cert(ID_A)->pem);
	id_refused(PST_ACCEPT, LIST("directory", "d"), "directory",
	           "d/b.key is not the key of the first certificate in "
	           "d/b.crt");
	id_forget_files();
	id_text("d/README", "nothing else");
	id_refused(PST_ACCEPT, LIST("directory", "d"), "directory",
	           "no certificate is in it");
	id_forget_files();
}

static void one_password_opens_the_keys_of_a_folder(void)
{
	char *a = tinyca_locked_key(id_cert(ID_A), "open sesame");
	char *b = tinyca_locked_key(id_cert(ID_B), "open barley");

	id_text("d/a.pem", id_cert(ID_A)->pem);
	id_text("d/a.key", a);
	id_text("pw", "open sesame\n");
	id_fine(LIST("directory", "d", "password_file", "pw"));
	CHECK_STR(client_sees(LIST("directory", "d", "password_file", "pw")),
	          "CN=a");
	id_refused(PST_ACCEPT, LIST("directory", "d"), "directory",
	           "a.key is encrypted; set password_file");
	id_text("d/b.pem", id_cert(ID_B)->pem);
	id_text("d/b.key", b);
	id_refused(PST_ACCEPT, LIST("directory", "d", "password_file", "pw"),
	           "password_file", "the password in pw does not open d/b.key");
	id_forget_files();
	free(a);
	free(b);
}

static void many_faults_are_counted(void)
{
	char names[60][16];
	unsigned i, n = 0;

	/* the kit has room for fewer files: 20 certificates without keys */
	for (i = 0; i < 21; i++) {
		snprintf(names[i], sizeof(names[i]), "d/%02u.pem", i);
		id_text(names[i], id_cert(ID_A)->pem);
	}
	kit = id_kit(PST_ACCEPT, LIST("directory", "d"));
	while (pst_kit_diagnosis(kit, n) != NULL) {
		n++;
	}
	CHECK_INT(n, 21);
	CHECK(pst_kit_diagnosed(kit, "directory", "more files may be wrong"));
	CHECK_INT(pst_kit_destroy(kit), 0);
	id_forget_files();
}

/* -- names ------------------------------------------------------------------------- */

static void one_of_several_must_be_for_the_urls_host(void)
{
	id_text("d/a.pem", id_cert(ID_A)->pem);
	id_text("d/a.key", id_cert(ID_A)->key_pem);
	id_text("d/b.pem", id_cert(ID_B)->pem);
	id_text("d/b.key", id_cert(ID_B)->key_pem);
	id_more.host = "b.example.com";
	id_fine(LIST("directory", "d"));
	id_more.host = "192.0.2.9";
	id_fine(LIST("directory", "d"));
	id_more.host = "2001:DB8:0::9";
	id_fine(LIST("directory", "d"));
	id_more.host = "c.example.com";
	id_refused(PST_ACCEPT, LIST("directory", "d"), "directory",
	           "no certificate is for c.example.com, the host in "
	           "tls://the.url:1; the names in them (subjectAltName) are: "
	           "a.example.com, b.example.com, 192.0.2.9, 2001:db8::9");
	id_more.host = NULL;
	id_forget_files();
}

static void the_default_must_be_there(void)
{
	id_refused(PST_ACCEPT,
	           LIST(SERVES("a"), "default_certificate", "b.example.com"),
	           "default_certificate",
	           "no certificate is for b.example.com");
	id_refused(PST_ACCEPT,
	           LIST(SERVES("a"), "default_certificate", "*.example.com"),
	           "default_certificate", "no certificate is for *.example");
	id_refused(PST_ACCEPT, LIST(SERVES("a"), "default_certificate", "a b"),
	           "default_certificate", "neither a host name nor");
	id_fine(LIST(SERVES("wild"), "default_certificate", "q.example.com"));
}

static void to_accept_there_must_be_one(void)
{
	id_refused(PST_ACCEPT, LIST("min_version", "1.2"), NULL,
	           "set certificate and private_key, or identity");
	id_refused(PST_ACCEPT, LIST("identity", "@empty"), NULL,
	           "nothing says who this is");
}

/* -- when they end ------------------------------------------------------------------ */

static void the_end_of_each_certificate_is_told_once(void)
{
	char *chain =
		tinyca_join(id_cert(ID_LEAF)->pem, id_cert(ID_MIDDLE)->pem);
	int64_t when;
	unsigned n = 0;

	id_text("d/1.pem", chain);
	id_text("d/1.key", id_cert(ID_LEAF)->key_pem);
	id_text("d/2.pem", chain);
	id_text("d/2.key", id_cert(ID_LEAF)->key_pem);
	kit = id_kit(PST_ACCEPT, LIST("directory", "d"));
	CHECK(pst_kit_ready(kit));
	CHECK_STR(pst_kit_expiry(kit, 0, &when),
	          "certificate d/1.pem (CN=leaf)");
	CHECK(when ==
	      gnutls_x509_crt_get_expiration_time(id_cert(ID_LEAF)->crt));
	while (pst_kit_expiry(kit, n, NULL) != NULL) {
		n++;
	}
	CHECK_INT(n, 3); /* two leaves, one issuer */
	CHECK_INT(pst_kit_destroy(kit), 0);
	id_forget_files();
	free(chain);
}

/* -- what a checker has seen is not checked again -------------------------------------- */

static void checked_files_are_not_checked_again(void)
{
	const char *const wrong[] = {"certificate", "a.pem", "private_key",
	                             "b.key", NULL};

	id_more.setup_flags = PST_SETUP_CHECKED;
	kit = id_kit(PST_ACCEPT, wrong);
	CHECK(pst_kit_ready(kit));
	CHECK(pst_kit_diagnosis(kit, 0) == NULL);
	CHECK(pst_kit_expiry(kit, 0, NULL) == NULL);
	CHECK_INT(pst_kit_destroy(kit), 0);
	id_text("gone.key", "gone");
	CHECK_STR(client_sees(LIST("certificate", "a.pem", "private_key",
	                           "gone.key")),
	          "");
	CHECK(strstr(id_failure, "gone.key has no PEM private key in it") !=
	      NULL);
	id_more.setup_flags = 0;
	id_forget_files();
}

/* -- what is built ------------------------------------------------------------------ */

enum {
	MANY = 1100 /* more than are kept */
};

static void what_is_built_is_kept_within_bounds(void)
{
	struct pst_file files[2 * MANY];
	struct tls_identity id = {.directory = {2 * MANY, files}};
	struct tls_built *held, *again, *b;
	char(*paths)[24] = calloc((size_t)2 * MANY, sizeof(*paths));
	struct tls_fault fault;
	struct pst_setup *setup;
	size_t i, built = 0;

	memset(files, 0, sizeof(files));
	for (i = 0; i < 2 * MANY; i++) {
		const char *text = i % 2 == 0 ? id_cert(ID_A)->pem
		                              : id_cert(ID_A)->key_pem;

		snprintf(paths[i], sizeof(paths[i]), "d/%04zu.%s", i / 2,
		         i % 2 == 0 ? "pem" : "key");
		files[i] = (struct pst_file){.path = paths[i],
		                             .data = (const uint8_t *)text,
		                             .length = strlen(text)};
	}
	kit = id_kit(PST_ACCEPT, LIST(SERVES("a")));
	setup = &(struct pst_setup){.core = pst_kit_instance(kit)->core,
	                            .flags = PST_SETUP_CHECKED};
	id.signer = "gnutls";
	CHECK_INT(tls_identity_init(&id, setup), 0);
	CHECK_INT(id.pair_count, MANY);
	CHECK_INT(tls_built_take(&id, 0, &held, &fault), 0);
	for (i = 1; i < MANY; i++) {
		CHECK_INT(tls_built_take(&id, i, &b, &fault), 0);
		tls_built_drop(b);
	}
	for (i = 0; i < MANY; i++) {
		built += id.pairs[i].built != NULL ? 1 : 0;
	}
	CHECK_INT(built, 1024);
	CHECK(id.pairs[0].built == NULL); /* the oldest went, but is held */
	CHECK_INT(held->count, 1);
	CHECK_INT(tls_built_take(&id, 0, &again, &fault), 0);
	CHECK(again != held);
	tls_built_drop(held);
	CHECK_INT(tls_built_take(&id, 0, &held, &fault), 0);
	CHECK(again == held);
	tls_built_drop(held);
	tls_built_drop(again);
	tls_built_drop(NULL);
	tls_identity_finish(&id);
	CHECK_INT(pst_kit_destroy(kit), 0);
	free(paths);
}

/* -- signers ---------------------------------------------------------------------- */

/* Keys that count what is asked of them, and sign by GnuTLS. */
struct pst_signer_key {
	gnutls_privkey_t key;
};

static unsigned signatures, keys_made, keys_gone;
static bool broken;

static int fake_create(const uint8_t *der, size_t length,
                       struct pst_signer_key **key_out)
{
	gnutls_datum_t d = {(unsigned char *)(uintptr_t)der, (unsigned)length};
	struct pst_signer_key *key = calloc(1, sizeof(*key));

	gnutls_privkey_init(&key->key);
	CHECK_INT(gnutls_privkey_import_x509_raw(key->key, &d,
	                                         GNUTLS_X509_FMT_DER, NULL, 0),
	          0);
	keys_made++;
	*key_out = key;
	return PST_OK;
}

static void fake_destroy(struct pst_signer_key *key)
{
	if (key != NULL) {
		keys_gone++;
		gnutls_privkey_deinit(key->key);
		free(key);
	}
}

static int fake_sign(struct pst_signer_key *key, enum pst_sign how,
                     const uint8_t *data, size_t length, uint8_t *out,
                     size_t room)
{
	static const gnutls_sign_algorithm_t algorithms[] = {
		[PST_SIGN_RSA_PKCS1_RAW] = GNUTLS_SIGN_RSA_RAW,
		[PST_SIGN_RSA_PSS_SHA256] = GNUTLS_SIGN_RSA_PSS_RSAE_SHA256,
		[PST_SIGN_RSA_PSS_SHA384] = GNUTLS_SIGN_RSA_PSS_RSAE_SHA384,
		[PST_SIGN_RSA_PSS_SHA512] = GNUTLS_SIGN_RSA_PSS_RSAE_SHA512,
		[PST_SIGN_ECDSA] = GNUTLS_SIGN_ECDSA_SHA256,
	};
	gnutls_datum_t hash = {(unsigned char *)(uintptr_t)data,
	                       (unsigned)length};
	gnutls_datum_t made;
	size_t n;

	signatures++;
	if (broken ||
	    !CHECK_INT(gnutls_privkey_sign_hash2(
			       key->key, algorithms[how],
			       how == PST_SIGN_RSA_PKCS1_RAW
				       ? GNUTLS_PRIVKEY_SIGN_FLAG_TLS1_RSA
				       : 0,
			       &hash, &made),
	               0)) {
		return PST_INVALID;
	}
	n = made.size <= room ? made.size : 0;
	memcpy(out, made.data, n);
	gnutls_free(made.data);
	return (int)n;
}

static const struct pst_signer fake = {
	.size = sizeof(fake),
	.keys = PST_SIGN_KEY_RSA | PST_SIGN_KEY_ECDSA,
	.id = "fake",
	.help = "Counts.",
	.key_create = fake_create,
	.key_destroy = fake_destroy,
	.sign = fake_sign,
};

static const struct pst_kit_offer offers[] = {
	{PST_EXTENSION_SIGNER, "fake", &fake}};

static unsigned asked(const char *const *front, const char *version)
{
	signatures = 0;
	CHECK(id_shake(id_kit(PST_ACCEPT, front),
	               id_kit(PST_CONNECT, LIST("verify", "off", "server_name",
	                                        "a.example.com", "max_version",
	                                        version)))[0] != '\0');
	return signatures;
}

static void the_signer_that_is_asked_for_signs(void)
{
	id_more.offers = offers;
	id_more.offer_count = 1;
	CHECK_INT(asked(LIST(SERVES("a-rsa")), "1.3"), 1);
	CHECK_INT(asked(LIST(SERVES("a-rsa")), "1.2"), 1);
	CHECK_INT(asked(LIST(SERVES("a-rsa"), "signer", "auto"), "1.3"), 1);
	CHECK_INT(asked(LIST(SERVES("a-rsa"), "signer", "fake"), "1.3"), 1);
	CHECK_INT(asked(LIST(SERVES("a-rsa"), "signer", "gnutls"), "1.3"), 0);
	CHECK_INT(asked(LIST(SERVES("a")), "1.3"), 0);
	CHECK_INT(asked(LIST(SERVES("a"), "signer", "fake"), "1.3"), 1);
	CHECK_INT(asked(LIST(SERVES("a"), "signer", "fake"), "1.2"), 1);
	CHECK_INT(asked(LIST(SERVES("a-ed"), "signer", "fake"), "1.3"), 0);
	CHECK_INT(asked(LIST("identity", "@fake"), "1.3"), 1);
	CHECK_INT(asked(LIST("identity", "@gnutls"), "1.3"), 0);
	explains(LIST(SERVES("a-rsa")), "key", "signed with by fake");
	explains(LIST(SERVES("a-rsa"), "signer", "gnutls"), "key",
	         "signed with by gnutls");
	CHECK_INT(keys_made, keys_gone);
	id_more.offers = NULL;
	id_more.offer_count = 0;
}

static void without_a_plugin_gnutls_signs(void)
{
	CHECK_INT(asked(LIST(SERVES("a-rsa")), "1.3"), 0);
	id_refused(PST_ACCEPT, LIST(SERVES("a"), "signer", "fake"), "signer",
	           "no plugin signs as \"fake\"; install the plugin "
	           "signer-fake");
}

static void a_signer_that_fails_fails_the_handshake(void)
{
	id_more.offers = offers;
	id_more.offer_count = 1;
	broken = true;
	CHECK_STR(client_sees(LIST(SERVES("a-rsa"))), "");
	CHECK(strstr(id_failure, "our private key did not sign") != NULL);
	broken = false;
	CHECK_INT(keys_made, keys_gone);
	id_more.offers = NULL;
	id_more.offer_count = 0;
}

static const struct pst_kit_resource resources[] = {
	{"identities", "empty", LIST("signer", "gnutls")},
	{"identities", "fake", LIST(SERVES("a-rsa"), "signer", "fake")},
	{"identities", "gnutls", LIST(SERVES("a-rsa"), "signer", "gnutls")},
};

static void make(void)
{
	id_make();
	id_more.resources = resources;
	id_more.resource_count = sizeof(resources) / sizeof(resources[0]);
}

static CU_TestInfo tests[] = {
	TEST(one_file_may_hold_certificate_and_key),
	TEST(the_chain_may_lie_apart),
	TEST(sources_exclude_each_other),
	TEST(keys_of_the_wrong_kind_are_refused),
	TEST(a_damaged_key_is_refused),
	TEST(a_keystore_holds_key_and_chain),
	TEST(a_keystore_has_one_key_with_its_certificate),
	TEST(stores_of_java_are_refused_with_the_command_that_converts),
	TEST(a_keystore_that_is_none),
	TEST(damaged_keystores_do_no_harm),
	TEST(a_folder_holds_pairs),
	TEST(who_has_no_partner_is_named),
	TEST(one_password_opens_the_keys_of_a_folder),
	TEST(many_faults_are_counted),
	TEST(one_of_several_must_be_for_the_urls_host),
	TEST(the_default_must_be_there),
	TEST(to_accept_there_must_be_one),
	TEST(the_end_of_each_certificate_is_told_once),
	TEST(checked_files_are_not_checked_again),
	TEST(what_is_built_is_kept_within_bounds),
	TEST(the_signer_that_is_asked_for_signs),
	TEST(without_a_plugin_gnutls_signs),
	TEST(a_signer_that_fails_fails_the_handshake),
	CU_TEST_INFO_NULL,
};

PST_TEST_MAIN_WITHIN(tests, make, id_finish)
