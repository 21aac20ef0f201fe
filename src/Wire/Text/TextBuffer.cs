namespace Blockwire.Wire;

/// <summary>Bytes that grow up to a limit, which is looked at before anything grows.</summary>
internal sealed class TextBuffer(int limitBytes)
{
    private const int FirstSize = 512;

    private byte[] _bytes = [];

    internal int Length { get; private set; }

    internal ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Length);

    internal ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    /// <summary>Makes room behind what is there and counts it as written; false, and nothing changes, beyond the limit.</summary>
    internal bool TryExtend(int count, out Span<byte> room)
    {
        if (count > limitBytes - Length)
        {
            room = default;
            return false;
        }

        int needed = Length + count;
        if (needed > _bytes.Length)
        {
            int doubled = (int)Math.Min(limitBytes, Math.Max(2L * _bytes.Length, FirstSize));
            Array.Resize(ref _bytes, Math.Max(needed, doubled));
        }

        room = _bytes.AsSpan(Length, count);
        Length = needed;
        return true;
    }

    internal void Clear() => Length = 0;
}
