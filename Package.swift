// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
    .treatAllWarnings(as: .error),
]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "sparkwatch",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "sparkwatch", targets: ["sparkwatch"]),
        .executable(name: "sparksim", targets: ["sparksim"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    ],
    targets: [
        .systemLibrary(
            name: "CLibraries",
            providers: [
                .apt(["libzmq3-dev", "libtiff-dev", "libopenblas-dev", "libsndfile1-dev"]),
                .brew(["zeromq", "libtiff", "openblas", "libsndfile"]),
            ]
        ),
        // Optimised in debug builds too: tests of the kernels would crawl otherwise.
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3", "-Wall", "-Wextra", "-Werror"])]),
        .target(name: "Imaging", swiftSettings: swiftSettings),
        .target(name: "UNet", dependencies: ["CKernels", "CLibraries", "Imaging"], swiftSettings: swiftSettings),
        .target(name: "Detection", dependencies: ["Imaging", "UNet"], swiftSettings: swiftSettings),
        .target(name: "Scoring", dependencies: ["Imaging"], swiftSettings: swiftSettings),
        .target(name: "Movies", dependencies: ["CLibraries", "Imaging"], swiftSettings: swiftSettings),
        .target(
            name: "Streams",
            dependencies: ["CLibraries", "Detection", "Imaging", "Movies", "UNet"],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "Dashboard",
            dependencies: [
                "Detection", "Streams", "UNet",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOWebSocket", package: "swift-nio"),
            ],
            exclude: ["Page"],
            swiftSettings: swiftSettings
        ),
        .target(name: "Triggers", dependencies: ["Detection", "Streams"], swiftSettings: swiftSettings),
        .executableTarget(
            name: "sparkwatch",
            dependencies: ["Dashboard", "Detection", "Scoring", "Streams", "Triggers", "UNet", argumentParser],
            path: "Sources/Command",
            resources: [
                .embedInCode("Report/Page/report.html"),
                .embedInCode("Report/Page/report.css"),
                .embedInCode("Report/Page/report.js"),
            ],
            swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "sparksim",
            dependencies: ["Detection", "Streams", "UNet", argumentParser],
            path: "Simulator",
            exclude: ["demo.sh"],
            swiftSettings: swiftSettings
        ),
        // Regular target: what several test targets need.
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: swiftSettings),
        .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
        .testTarget(
            name: "UNetTests",
            dependencies: ["AllocationCounter", "CKernels", "Streams", "TestSupport", "UNet"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "DetectionTests",
            dependencies: ["Detection", "Streams", "TestSupport", "UNet"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "ScoringTests",
            dependencies: ["Scoring", "Streams", "TestSupport", "UNet"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "StreamsTests",
            dependencies: ["CLibraries", "Detection", "Streams", "TestSupport", "UNet"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "DashboardTests",
            dependencies: ["Dashboard", "Detection", "Streams", "TestSupport", "UNet"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "TriggersTests",
            dependencies: ["Detection", "Streams", "TestSupport", "Triggers"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SimulatorTests",
            dependencies: ["sparksim", "Streams", "TestSupport", "UNet"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["Detection", "Streams", "TestSupport", "UNet", "sparksim", "sparkwatch"],
            swiftSettings: swiftSettings
        ),
    ],
    swiftLanguageModes: [.v6]
)
