// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
    .treatAllWarnings(as: .error),
]

// Optimised in debug builds too: tests of the kernels would crawl otherwise. A package that others depend on must not
// ask for it.
let isDependency = Context.packageDirectory.contains("/checkouts/")
let kernelSettings: [CSetting] = isDependency ? [] : [.unsafeFlags(["-O3", "-Wall", "-Wextra", "-Werror"])]

// What reads arguments, writes text or waits for others computes too little to be worth the time that optimising it takes.
let waitingSettings = swiftSettings + (isDependency ? [] : [.unsafeFlags(["-Onone"])])

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

/// Not needed by who builds the programs alone.
let testTargets: [Target] = [
    // Regular targets: what several test targets need.
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: waitingSettings),
    .target(
        name: "Samples",
        dependencies: ["Detection", "Imaging", "Session", "Triggers", "Wire", "ZeroMQ"],
        path: "Tests/Samples",
        swiftSettings: swiftSettings
    ),
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
    .testTarget(
        name: "ImagingTests",
        dependencies: ["Imaging"],
        swiftSettings: swiftSettings
    ),
    .testTarget(
        name: "UNetTests",
        dependencies: ["AllocationCounter", "CKernels", "Imaging", "Movies", "TestSupport", "UNet"],
        swiftSettings: swiftSettings
    ),
    .testTarget(
        name: "DetectionTests",
        dependencies: ["CKernels", "Detection", "Imaging", "Movies", "Session", "TestSupport", "UNet"],
        swiftSettings: swiftSettings
    ),
    .testTarget(
        name: "SparkwatchDetectionTests",
        dependencies: ["Detection", "Imaging", "SparkwatchDetection", "TestSupport", "UNet"],
        swiftSettings: swiftSettings
    ),
    .testTarget(
        name: "SessionTests",
        dependencies: ["Detection", "Imaging", "Movies", "Session", "TestSupport", "UNet", "Wire"],
        swiftSettings: waitingSettings
    ),
    .testTarget(
        name: "TriggersTests",
        dependencies: ["Imaging", "Samples", "Session", "TestSupport", "Triggers"],
        swiftSettings: waitingSettings
    ),
    .testTarget(
        name: "ScoringTests",
        dependencies: ["Imaging", "Movies", "Scoring", "TestSupport"],
        swiftSettings: swiftSettings
    ),
    .testTarget(
        name: "MoviesTests",
        dependencies: ["CLibraries", "Imaging", "Movies", "TestSupport"],
        swiftSettings: swiftSettings
    ),
    .testTarget(
        name: "CorrectionsTests",
        dependencies: ["Corrections", "Imaging", "TestSupport"],
        swiftSettings: swiftSettings
    ),
    .testTarget(
        name: "WireTests",
        dependencies: [
            "Detection", "Imaging", "Journal", "Samples", "Session", "TestSupport", "Triggers", "Wire", "ZeroMQ",
        ],
        swiftSettings: waitingSettings
    ),
    .testTarget(
        name: "ZeroMQTests",
        dependencies: ["Detection", "Imaging", "Samples", "Session", "TestSupport", "Wire", "ZeroMQ"],
        swiftSettings: waitingSettings
    ),
    .testTarget(
        name: "ActionsTests",
        dependencies: ["Actions", "Imaging", "Samples", "Session", "TestSupport", "Triggers", "Wire", "ZeroMQ"],
        swiftSettings: waitingSettings
    ),
    .testTarget(
        name: "JournalTests",
        dependencies: ["Detection", "Imaging", "Journal", "Samples", "Session", "TestSupport", "Triggers", "Wire"],
        swiftSettings: waitingSettings
    ),
    .testTarget(
        name: "SoundTests",
        dependencies: ["Detection", "Imaging", "Session", "Sound", "TestSupport"],
        swiftSettings: waitingSettings
    ),
    .testTarget(
        name: "DashboardTests",
        dependencies: ["Corrections", "Dashboard", "Detection", "Imaging", "Session", "TestSupport", "Wire"],
        swiftSettings: waitingSettings
    ),
    .testTarget(
        name: "ReviewTests",
        dependencies: [
            "Corrections", "Dashboard", "Detection", "Imaging", "Journal", "Movies", "Review", "Session", "TestSupport",
            "Wire",
        ],
        swiftSettings: waitingSettings
    ),
    .testTarget(
        name: "LiveTests",
        dependencies: [
            "Detection", "Imaging", "Journal", "Live", "Movies", "Samples", "Session", "TestSupport", "UNet",
            "Wire", "ZeroMQ",
        ],
        swiftSettings: waitingSettings
    ),
    .testTarget(
        name: "SimulatorTests",
        dependencies: ["Imaging", "Movies", "sparksim", "TestSupport"],
        swiftSettings: waitingSettings
    ),
    .testTarget(
        name: "EndToEndTests",
        dependencies: ["Live", "Samples", "Scoring", "sparksim", "sparkwatch", "TestSupport"],
        swiftSettings: waitingSettings
    ),
]

let package = Package(
    name: "sparkwatch",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "sparkwatch", targets: ["sparkwatch"]),
        .executable(name: "sparksim", targets: ["sparksim"]),
        .library(name: "SparkwatchDetection", targets: ["SparkwatchDetection"]),
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
        .target(name: "CKernels", cSettings: kernelSettings),
        .target(name: "Imaging", swiftSettings: swiftSettings),
        .target(name: "UNet", dependencies: ["CKernels", "CLibraries", "Imaging"], swiftSettings: swiftSettings),
        .target(name: "Detection", dependencies: ["Imaging", "UNet"], swiftSettings: swiftSettings),
        .target(
            name: "SparkwatchDetection",
            dependencies: ["Detection", "Imaging", "UNet"],
            swiftSettings: swiftSettings
        ),
        .target(name: "Scoring", dependencies: ["Imaging"], swiftSettings: swiftSettings),
        .target(name: "Movies", dependencies: ["CLibraries", "Imaging"], swiftSettings: swiftSettings),
        .target(name: "Corrections", dependencies: ["Imaging"], swiftSettings: swiftSettings),
        .target(name: "Session", dependencies: ["Detection", "Imaging", "UNet"], swiftSettings: swiftSettings),
        .target(name: "Triggers", dependencies: ["Detection", "Imaging", "Session"], swiftSettings: swiftSettings),
        .target(
            name: "Wire",
            dependencies: ["Detection", "Imaging", "Session", "Triggers", "UNet"],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "ZeroMQ",
            dependencies: ["CLibraries", "Detection", "Imaging", "Session", "Wire"],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "Actions",
            dependencies: ["Imaging", "Session", "Triggers", "Wire", "ZeroMQ"],
            swiftSettings: waitingSettings
        ),
        .target(
            name: "Journal",
            dependencies: ["Detection", "Imaging", "Session", "Triggers", "Wire"],
            swiftSettings: waitingSettings
        ),
        .target(
            name: "Sound",
            dependencies: ["CLibraries", "Detection", "Imaging", "Session"],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "Dashboard",
            dependencies: [
                "Corrections", "Detection", "Imaging", "Session", "Wire",
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOWebSocket", package: "swift-nio"),
            ],
            exclude: ["Page"],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "Live",
            dependencies: [
                "Actions", "Dashboard", "Detection", "Imaging", "Journal", "Movies", "Session", "Sound", "Triggers",
                "UNet", "Wire", "ZeroMQ",
            ],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "Review",
            dependencies: [
                "Corrections", "Dashboard", "Detection", "Imaging", "Journal", "Movies", "Session", "Wire",
            ],
            swiftSettings: swiftSettings
        ),
        .executableTarget(
            name: "sparkwatch",
            dependencies: ["Live", "Review", "Scoring", argumentParser],
            path: "Sources/Command",
            resources: [
                .embedInCode("Report/Page/report.html"),
                .embedInCode("Report/Page/report.css"),
                .embedInCode("Report/Page/report.js"),
                .embedInCode("Report/Page/charts.js"),
                .embedInCode("Report/Page/places.js"),
            ],
            swiftSettings: waitingSettings
        ),
        .executableTarget(
            name: "sparksim",
            dependencies: ["Detection", "Imaging", "Movies", "Session", "Wire", "ZeroMQ", argumentParser],
            path: "Simulator",
            exclude: ["demo.sh"],
            swiftSettings: swiftSettings
        ),
    ] + (Context.environment["SPARKWATCH_PROGRAMS_ONLY"] == nil ? testTargets : []),
    swiftLanguageModes: [.v6]
)

// `make fuzz` and `make sanitize` build what reads untrusted bytes, and its tests, with sanitizers, apart from the rest.
if Context.environment["SPARKWATCH_CHECKED"] != nil {
    let libraries: Set = [
        "Actions", "CKernels", "CLibraries", "Detection", "Imaging", "Journal", "Movies", "Scoring", "Session",
        "Triggers", "UNet", "Wire", "ZeroMQ",
    ]
    let tests: Set = ["ImagingTests", "JournalTests", "MoviesTests", "ScoringTests", "TriggersTests", "WireTests"]
    let kept = libraries.union(tests).union(["Samples", "TestSupport"])
    package.products = []
    package.targets =
        package.targets.filter { kept.contains($0.name) } + [
            .systemLibrary(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
            .executableTarget(
                name: "fuzz",
                dependencies: [
                    "Actions", "CFuzzer", "Detection", "Imaging", "Journal", "Movies", "Samples", "Session", "Triggers",
                    "UNet", "Wire", "ZeroMQ",
                ],
                path: "Tests/Fuzz",
                exclude: ["CFuzzer", "Corpora", "make_corpora.py"],
                swiftSettings: swiftSettings
            ),
        ]
}
