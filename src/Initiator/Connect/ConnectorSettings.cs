using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Naming;
using Blockwire.Transport;
using Microsoft.Extensions.Logging;

namespace Blockwire.Initiator;

/// <summary>What an <see cref="IscsiConnector"/> goes by where a URL says nothing.</summary>
public sealed record ConnectorSettings
{
    /// <summary>This initiator's name; one in the URL goes before it.</summary>
    public required IscsiName InitiatorName { get; init; }

    /// <summary>Gives out ISIDs.</summary>
    public IsidRegistry Isids { get; init; } = new(null);

    /// <summary>CHAP for URLs that bring none.</summary>
    public ChapInitiatorOptions? Credentials { get; init; }

    /// <summary>Connections of a session; goes before what the URL says. Null: as the URL says.</summary>
    public int? Connections { get; init; }

    /// <summary>How long the target may take for a login and for a command, and how long a lost session is waited for. Null: as sessions have it by themselves.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>See <see cref="IscsiSessionOptions.CompletesInline"/>.</summary>
    public bool CompletesInline { get; init; }

    /// <summary>Commands at once in a session; null: as sessions have it by themselves.</summary>
    public int? QueueDepth { get; init; }

    /// <summary>Hears every byte of every connection; null for nobody.</summary>
    public ITransportTap? Tap { get; init; }

    /// <summary>Hears of what goes wrong; null for nobody.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The settings of a program: name and state folder as the environment has them.</summary>
    /// <param name="variable">The value of an environment variable, or null.</param>
    /// <param name="hostName">The host's name.</param>
    /// <param name="notes">A line for the user for each thing that will not be the same next time.</param>
    /// <exception cref="InitiatorNameException">The name that stands there is none.</exception>
    public static ConnectorSettings FromEnvironment(Func<string, string?> variable, string hostName, out IReadOnlyList<string> notes)
    {
        InitiatorIdentity identity = InitiatorIdentity.Find(variable, hostName);
        notes = identity.Note is { } note ? [note] : [];
        return new ConnectorSettings { InitiatorName = identity.Name, Isids = new IsidRegistry(StateFolder.Find(variable)) };
    }
}
