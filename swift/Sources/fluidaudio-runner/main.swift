import FluidAudioAdapter
import RunnerHost

await serve { FluidAudioEngine() }
