using Blockwire.Cli.Configuration;
using Blockwire.Protocol.Naming;
using Blockwire.Storage;
using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.CommandLine;

/// <summary>What the command line of `serve` says; null or empty where it says nothing.</summary>
internal sealed record ServeArguments
{
    public IReadOnlyList<DiskSpec> Disks { get; init; } = [];

    public IReadOnlyList<PortalAddress> Listen { get; init; } = [];

    /// <summary>The target's name, checked and normalised.</summary>
    public string? Target { get; init; }

    /// <summary>`--chap` and `--mutual-chap`.</summary>
    public ChapPair Chap { get; init; }

    /// <summary>The file that says the same as they do.</summary>
    public FileInfo? ChapFile { get; init; }

    public FileInfo? Configuration { get; init; }

    public LogLevel? Log { get; init; }

    public TimeSpan? Drain { get; init; }

    /// <summary>Where disks keep what is to outlive the server.</summary>
    public DirectoryInfo? State { get; init; }

    /// <summary>Where a capture of everything goes.</summary>
    public FileInfo? Trace { get; init; }
}
