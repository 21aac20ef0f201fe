namespace Blockwire.Wire;

/// <summary>The sequence numbers that an initiator's connection stamps into every PDU it sends (RFC 7143 §4.2.2).</summary>
/// <param name="CmdSN">Bytes 24 to 27: number of this command in the session. Reserved in Data-Out and SNACK.</param>
/// <param name="ExpStatSN">Bytes 28 to 31: acknowledges every status of the connection before this one.</param>
public readonly record struct InitiatorNumbers(Serial32 CmdSN, Serial32 ExpStatSN)
{
    private const int CmdSNOffset = 24, ExpStatSNOffset = 28;

    /// <summary>Reads both from a BHS.</summary>
    public static InitiatorNumbers Read(ReadOnlySpan<byte> bhs) => new(Field.Serial(bhs, CmdSNOffset), ReadExpStatSN(bhs));

    /// <summary>Reads ExpStatSN from a BHS: what Data-Out and SNACK carry (§11.7, §11.16).</summary>
    public static Serial32 ReadExpStatSN(ReadOnlySpan<byte> bhs) => Field.Serial(bhs, ExpStatSNOffset);

    /// <summary>Stamps both into a BHS that was emitted.</summary>
    public void Write(Span<byte> bhs)
    {
        Field.Put32(bhs, CmdSNOffset, CmdSN);
        WriteExpStatSN(bhs);
    }

    /// <summary>Stamps ExpStatSN alone, for Data-Out and SNACK, whose bytes 24 to 27 are reserved (§11.7, §11.16).</summary>
    public void WriteExpStatSN(Span<byte> bhs) => Field.Put32(bhs, ExpStatSNOffset, ExpStatSN);
}
