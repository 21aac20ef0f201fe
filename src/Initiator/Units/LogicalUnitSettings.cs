namespace Blockwire.Initiator;

/// <summary>How a <see cref="LogicalUnit"/> goes about its commands.</summary>
public sealed record LogicalUnitSettings
{
    /// <summary>How messages call the unit: its URL, say.</summary>
    public string Name { get; init; } = "the logical unit";

    /// <summary>The clock that pauses between repetitions are taken from.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How long a command is repeated while the target is busy, or becoming ready; then its last answer counts.</summary>
    public TimeSpan BusyTimeLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The pause before the first repetition; each further one is twice as long.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>The longest pause.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Most bytes of one READ or WRITE where the target names no smaller limit; longer transfers are split.</summary>
    public int MostTransferBytes { get; init; } = 16 << 20;

    /// <summary>How long the target may take for each command; the session's own limit when null.</summary>
    public TimeSpan? TimeLimit { get; init; }
}
