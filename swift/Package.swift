// swift-tools-version: 6.2
import PackageDescription

// The only pins of the vendors, exact. `ready` says these versions too: see Sources/VendorPins.
let whisperKit: Version = "1.1.0"
let fluidAudio: Version = "0.15.6"

// As in WhisperKit's own manifest: asynchronous calls are isolated alike in a shim and in the real one.
let approachable: [SwiftSetting] = [
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "runners",
    platforms: [.macOS(.v14)],
    products: [
        .executable(name: "loopback-runner", targets: ["loopback-runner"]),
        .executable(name: "whisperkit-runner", targets: ["whisperkit-runner"]),
        .executable(name: "fluidaudio-runner", targets: ["fluidaudio-runner"]),
        .executable(name: "speechanalyzer-runner", targets: ["speechanalyzer-runner"]),
    ],
    targets: [
        .target(name: "RunnerHost", swiftSettings: approachable),
        .target(
            name: "VendorPins",
            cSettings: [
                .define("WHISPERKIT_VERSION", to: "\"\(whisperKit)\""),
                .define("FLUIDAUDIO_VERSION", to: "\"\(fluidAudio)\""),
            ]),
        .target(name: "LoopbackEngine", dependencies: ["RunnerHost"], swiftSettings: approachable),
        .target(
            name: "WhisperKitAdapter", dependencies: ["RunnerHost", "VendorPins"],
            swiftSettings: approachable),
        .target(
            name: "FluidAudioAdapter", dependencies: ["RunnerHost", "VendorPins"],
            swiftSettings: approachable),
        .target(
            name: "SpeechAnalyzerAdapter", dependencies: ["RunnerHost"], swiftSettings: approachable
        ),
        .executableTarget(name: "loopback-runner", dependencies: ["LoopbackEngine"]),
        .executableTarget(name: "whisperkit-runner", dependencies: ["WhisperKitAdapter"]),
        .executableTarget(name: "fluidaudio-runner", dependencies: ["FluidAudioAdapter"]),
        .executableTarget(name: "speechanalyzer-runner", dependencies: ["SpeechAnalyzerAdapter"]),
        .testTarget(name: "RunnerTests", dependencies: ["RunnerHost", "LoopbackEngine"]),
    ],
    swiftLanguageModes: [.v6]
)

@MainActor func add(
    _ dependencies: Target.Dependency..., settings: SwiftSetting..., to name: String
) {
    let target = package.targets.first { $0.name == name }!
    target.dependencies += dependencies
    target.swiftSettings = (target.swiftSettings ?? []) + settings
}

// By the machine that builds: a condition on the product would still have the vendors fetched.
#if os(macOS)
package.dependencies += [
    .package(url: "https://github.com/argmaxinc/argmax-oss-swift.git", exact: whisperKit),
    .package(url: "https://github.com/FluidInference/FluidAudio.git", exact: fluidAudio),
]
add(.product(name: "WhisperKit", package: "argmax-oss-swift"), to: "WhisperKitAdapter")
add(.product(name: "FluidAudio", package: "FluidAudio"), to: "FluidAudioAdapter")
#else
package.targets += [
    .target(name: "CoreML", path: "Shims/CoreML"),
    .target(
        name: "WhisperKit", dependencies: ["CoreML"], path: "Shims/WhisperKit",
        swiftSettings: approachable),
    .target(
        name: "FluidAudio", dependencies: ["CoreML", "AVFoundation"], path: "Shims/FluidAudio"),
    .target(name: "AVFoundation", path: "Shims/AVFoundation"),
    .target(name: "Speech", dependencies: ["AVFoundation"], path: "Shims/Speech"),
]
add("CoreML", settings: .define("SHIM"), to: "RunnerHost")
add("WhisperKit", to: "WhisperKitAdapter")
add("FluidAudio", "AVFoundation", "CoreML", to: "FluidAudioAdapter")
add("Speech", "AVFoundation", to: "SpeechAnalyzerAdapter")
add(
    "WhisperKitAdapter", "FluidAudioAdapter", "SpeechAnalyzerAdapter",
    settings: .define("SHIM"), to: "RunnerTests")
#endif
