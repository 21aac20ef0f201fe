using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>What is remembered of a task between its request and its answer.</summary>
internal class TaskModel(uint initiatorTaskTag, Opcode opcode, ConnectionModel connection)
{
    public uint InitiatorTaskTag { get; } = initiatorTaskTag;

    /// <summary>What began it.</summary>
    public Opcode Opcode { get; } = opcode;

    /// <summary>The connection that it is allegiant to (RFC 7143 §4.2.5.1).</summary>
    public ConnectionModel Connection { get; set; } = connection;

    public Serial32 CmdSN { get; init; }

    public bool Immediate { get; init; }

    public ulong Lun { get; init; }

    public bool Read { get; init; }

    public bool Write { get; init; }

    /// <summary>Bytes to the target; of a command that only reads, from it.</summary>
    public uint ExpectedDataTransferLength { get; init; }

    /// <summary>Bytes to the initiator.</summary>
    public uint ReadLength { get; init; }

    /// <summary>False once something about it was missing in the capture, or was sent again: orders are not checked then.</summary>
    public bool IsCertain { get; set; } = true;

    /// <summary>The next DataSN of Data-In, or R2TSN: one count of both (RFC 7143 §4.2.2.4).</summary>
    public Serial32 NextInputSN { get; set; }

    /// <summary>Data-In PDUs so far (RFC 7143 §11.4.8).</summary>
    public uint DataInCount { get; set; }

    /// <summary>Where the next Data-In begins if they come in order.</summary>
    public uint NextInputOffset { get; set; }

    /// <summary>Bytes of all Data-In so far.</summary>
    public long InputBytes { get; set; }

    /// <summary>Bytes of the Data-In sequence that is open.</summary>
    public long InputSequenceBytes { get; set; }

    /// <summary>The last Data-In had no F bit.</summary>
    public bool IsInputOpen { get; set; }

    /// <summary>Unsolicited Data-Out is still to come.</summary>
    public bool IsUnsolicitedOpen { get; set; }

    public long UnsolicitedBytes { get; set; }

    public Serial32 NextUnsolicitedSN { get; set; }

    /// <summary>R2Ts that are not answered in full, in their order.</summary>
    public List<TransferModel> Transfers { get; } = [];

    /// <summary>Where the next R2T begins if they come in order; null before the first.</summary>
    public uint? NextSolicitedOffset { get; set; }

    /// <summary>Ping data of a NOP-Out.</summary>
    public byte[] PingData { get; init; } = [];
}

/// <summary>An R2T and how far it is answered.</summary>
internal sealed class TransferModel(uint targetTransferTag, uint offset, uint length)
{
    public uint TargetTransferTag { get; } = targetTransferTag;

    public uint Offset { get; } = offset;

    public uint Length { get; } = length;

    public long Received { get; set; }

    public uint NextOffset { get; set; } = offset;

    public Serial32 NextDataSN { get; set; }
}
