/* Length before content, 64 bits, least significant byte first. */
#include "pki/digest.h"

#include "base/bug.h"

#include <endian.h>
#include <openssl/evp.h>

void digest_parts(const struct slice *parts, size_t count, uint8_t to[DIGEST_BYTES]) {
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    bug_on(!hash || !EVP_DigestInit_ex(hash, EVP_sha256(), NULL));
    for (size_t i = 0; i < count; i++) {
        uint64_t len = htole64(parts[i].len);
        bug_on(!EVP_DigestUpdate(hash, &len, sizeof(len)));
        bug_on(parts[i].len > 0 && !EVP_DigestUpdate(hash, parts[i].data, parts[i].len));
    }
    bug_on(!EVP_DigestFinal_ex(hash, to, NULL));
    EVP_MD_CTX_free(hash);
}
