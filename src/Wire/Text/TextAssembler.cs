namespace Blockwire.Wire;

/// <summary>
/// Puts together a text that comes in several PDUs by the C bit (RFC 7143 §6.1, "logical text data segment"): pairs, keys and values may be
/// cut anywhere. Used again after <see cref="Reset"/>.
/// </summary>
/// <param name="limitBytes">
/// Longest text, in bytes, looked at before memory is taken. §6.1 asks for 8192 at least, and 64 KiB where authentication needs it.
/// </param>
public sealed class TextAssembler(int limitBytes = TextAssembler.DefaultLimitBytes)
{
    /// <summary>64 KiB: what §6.1 asks for where authentication needs long values.</summary>
    public const int DefaultLimitBytes = 64 * 1024;

    private readonly TextBuffer _buffer = new(limitBytes);

    /// <summary>Has the last piece come, the one without the C bit?</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Is nothing collected, neither pieces nor an end?</summary>
    public bool IsEmpty => _buffer.Length == 0 && !IsComplete;

    /// <summary>
    /// What has come so far; to be read when <see cref="IsComplete"/>. Lent until the next call that changes the assembler.
    /// </summary>
    public ReadOnlySpan<byte> Text => _buffer.Span;

    /// <summary>Takes the data segment of the next PDU; copies it. A text that was complete is forgotten first.</summary>
    /// <param name="segment">The data segment without padding; may be empty.</param>
    /// <param name="continues">The C bit: more follows.</param>
    /// <returns>Ok, or a protocol error when the text exceeds its limit; then nothing was taken.</returns>
    public PduCheck Add(ReadOnlySpan<byte> segment, bool continues)
    {
        if (IsComplete)
        {
            Reset();
        }

        if (!_buffer.TryExtend(segment.Length, out Span<byte> room))
        {
            return PduCheck.ProtocolError("7143/6.1 a text is not longer than its receiver puts up with");
        }

        segment.CopyTo(room);
        IsComplete = !continues;
        return PduCheck.Ok;
    }

    /// <summary>Forgets what has come and keeps the memory.</summary>
    public void Reset()
    {
        _buffer.Clear();
        IsComplete = false;
    }
}
