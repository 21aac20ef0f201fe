namespace Blockwire.Simulation.Tests;

/// <summary>Bytes that were received and not yet taken.</summary>
internal sealed class ByteQueue
{
    private byte[] _bytes = new byte[4096];
    private int _from;
    private int _to;

    public int Length => _to - _from;

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(_from.._to);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_to + bytes.Length > _bytes.Length)
        {
            byte[] larger = new byte[Math.Max(2 * _bytes.Length, Length + bytes.Length)];
            Span.CopyTo(larger);
            _to = Length;
            _from = 0;
            _bytes = larger;
        }

        bytes.CopyTo(_bytes.AsSpan(_to));
        _to += bytes.Length;
    }

    public void Advance(int bytes)
    {
        _from += bytes;
        if (_from == _to)
        {
            Clear();
        }
    }

    public void Clear() => _from = _to = 0;
}
