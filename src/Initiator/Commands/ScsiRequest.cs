using Blockwire.Scsi;
using Blockwire.Wire;

namespace Blockwire.Initiator;

/// <summary>What may be done with a command whose answer was lost together with its session.</summary>
public enum Repeat
{
    /// <summary>Nothing: it is sent anew only when it is certain that it has not run.</summary>
    OnlyIfNotRun,

    /// <summary>It may run twice with the same effect, as reads, plain writes and flushes may.</summary>
    Allowed,
}

/// <summary>One SCSI command for <see cref="IScsiExecutor"/>.</summary>
/// <remarks>Both buffers may be given: then the command is a bidirectional one.</remarks>
public readonly record struct ScsiRequest
{
    /// <summary>A command with a CDB of at most 16 bytes.</summary>
    /// <param name="cdb">The CDB; what it is shorter than 16 bytes stays 0.</param>
    public ScsiRequest(Cdb16 cdb) => Cdb = cdb;

    /// <summary>The CDB, or the first 16 bytes of <see cref="LongCdb"/>.</summary>
    public Cdb16 Cdb { get; init; }

    /// <summary>The whole CDB when it has 17 to 260 bytes; else empty.</summary>
    public ReadOnlyMemory<byte> LongCdb { get; init; }

    /// <summary>What goes to the target, in bytes; empty for none.</summary>
    public ReadOnlyMemory<byte> DataOut { get; init; }

    /// <summary>Where what comes from the target is put; empty for none.</summary>
    public Memory<byte> DataIn { get; init; }

    /// <summary>Task attribute (SAM-5 §8.2); simple when nothing is said.</summary>
    public TaskAttribute? Attribute { get; init; }

    /// <summary>May it be sent anew when it may have run already?</summary>
    public Repeat Repeat { get; init; }

    /// <summary>How long the target may take; the session's own limit when null, no limit when <see cref="Timeout.InfiniteTimeSpan"/>.</summary>
    public TimeSpan? TimeLimit { get; init; }
}
