using Blockwire.Wire;

namespace Blockwire.Simulation.Tests;

/// <summary>A request that took a CmdSN and is not acknowledged: if it is lost the initiator has to close the gap (RFC 7143 §7.2.1, §7.3).</summary>
internal sealed class Request(Serial32 cmdSN, Opcode opcode, uint itt)
{
    public Serial32 CmdSN { get; } = cmdSN;

    public Opcode Opcode { get; set; } = opcode;

    public uint Itt { get; set; } = itt;

    /// <summary>The connection it was sent on; null when that one was logged out.</summary>
    public ScriptedConnection? Carrier { get; set; }

    public Action<Span<byte>>? Emit { get; set; }

    public byte[] Data { get; init; } = [];

    /// <summary>It was rejected, so it is missing at the target for certain.</summary>
    public bool Rejected { get; set; }

    /// <summary>When it is sent once more on the same connection, if nothing acknowledges it.</summary>
    public TimeSpan RetryAt { get; set; }
}
