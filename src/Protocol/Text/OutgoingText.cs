namespace Blockwire.Protocol.Text;

/// <summary>Key=value text on its way out, one data segment at a time.</summary>
internal sealed class OutgoingText(byte[] text)
{
    private static ReadOnlySpan<byte> RecordStart => "\0TargetName="u8;

    private int _sent;

    /// <summary>Bytes not handed out yet.</summary>
    public int Remaining => text.Length - _sent;

    /// <summary>
    /// Hands out the next segment. A cut falls between two target records if one is in reach, else between two pairs, else anywhere: the C bit
    /// makes all three legal (RFC 7143 §6.1), but initiators exist that read each segment for itself.
    /// </summary>
    /// <param name="limit">Most bytes in the segment; positive.</param>
    public ReadOnlyMemory<byte> Next(int limit)
    {
        int length = Remaining <= limit ? Remaining : Cut(text.AsSpan(_sent, limit), text.AsSpan(_sent + limit));
        ReadOnlyMemory<byte> segment = text.AsMemory(_sent, length);
        _sent += length;
        return segment;
    }

    private static int Cut(ReadOnlySpan<byte> reach, ReadOnlySpan<byte> rest)
    {
        if (reach[^1] == 0 && rest.StartsWith(RecordStart[1..]))
        {
            return reach.Length;
        }

        int record = reach.LastIndexOf(RecordStart);
        if (record >= 0)
        {
            return record + 1;
        }

        int pair = reach.LastIndexOf((byte)0);
        return pair >= 0 ? pair + 1 : reach.Length;
    }
}
