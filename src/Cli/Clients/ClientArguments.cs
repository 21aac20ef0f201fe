using Blockwire.Protocol.Naming;
using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.Clients;

/// <summary>What every client command is told.</summary>
internal sealed record ClientArguments
{
    /// <summary>Connections of a session; null: as the URL says.</summary>
    public int? Connections { get; init; }

    /// <summary>How long the target may take; null: as sessions have it by themselves.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The initiator's name.</summary>
    public IscsiName? Initiator { get; init; }

    /// <summary>Where user and secret stand.</summary>
    public FileInfo? ChapFile { get; init; }

    /// <summary>Where a capture of everything goes.</summary>
    public FileInfo? Trace { get; init; }

    /// <summary>Least level of the log.</summary>
    public LogLevel Log { get; init; } = LogLevel.Warning;

    /// <summary>The result as JSON.</summary>
    public bool Json { get; init; }
}
