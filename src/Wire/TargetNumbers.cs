namespace Blockwire.Wire;

/// <summary>The sequence numbers that a target's connection stamps into every PDU it sends (RFC 7143 §4.2.2).</summary>
/// <param name="StatSN">Bytes 24 to 27: number of this status on the connection. Reserved in a Data-In without status.</param>
/// <param name="ExpCmdSN">Bytes 28 to 31: the next CmdSN that the target expects.</param>
/// <param name="MaxCmdSN">Bytes 32 to 35: the last CmdSN that the target would accept.</param>
public readonly record struct TargetNumbers(Serial32 StatSN, Serial32 ExpCmdSN, Serial32 MaxCmdSN)
{
    private const int StatSNOffset = 24, ExpCmdSNOffset = 28, MaxCmdSNOffset = 32;

    /// <summary>Reads all three from a BHS.</summary>
    public static TargetNumbers Read(ReadOnlySpan<byte> bhs) =>
        new(Field.Serial(bhs, StatSNOffset), Field.Serial(bhs, ExpCmdSNOffset), Field.Serial(bhs, MaxCmdSNOffset));

    /// <summary>Stamps all three into a BHS that was emitted.</summary>
    public void Write(Span<byte> bhs)
    {
        Field.Put32(bhs, StatSNOffset, StatSN);
        WriteWindow(bhs);
    }

    /// <summary>Stamps ExpCmdSN and MaxCmdSN alone, for a Data-In without status, whose bytes 24 to 27 are reserved (§11.7.3).</summary>
    public void WriteWindow(Span<byte> bhs)
    {
        Field.Put32(bhs, ExpCmdSNOffset, ExpCmdSN);
        Field.Put32(bhs, MaxCmdSNOffset, MaxCmdSN);
    }
}
