#include "VendorPins.h"

const char *whisperkit_version(void) { return WHISPERKIT_VERSION; }
const char *fluidaudio_version(void) { return FLUIDAUDIO_VERSION; }
