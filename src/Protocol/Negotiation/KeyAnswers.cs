using Blockwire.Wire;

namespace Blockwire.Protocol.Negotiation;

/// <summary>Collects the key=value pairs of one answer, up to a limit, and remembers when one did not fit.</summary>
/// <param name="maxBytes">Most bytes kept.</param>
public sealed class KeyAnswers(int maxBytes)
{
    private readonly TextKeyWriter _writer = new(maxBytes);

    /// <summary>True when a pair did not fit: the answer is incomplete and must not be sent.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>True while nothing was added.</summary>
    public bool IsEmpty => _writer.LengthBytes == 0 && !Overflowed;

    /// <summary>Appends one pair.</summary>
    /// <param name="key">Key name.</param>
    /// <param name="value">Value; must hold no NUL.</param>
    public void Add(string key, string value) => Overflowed = Overflowed || !_writer.TryAppend(key, value);

    /// <summary>Appends one pair.</summary>
    /// <param name="pair">Key and value.</param>
    public void Add(TextPair pair) => Add(pair.Key, pair.Value);

    /// <summary>A copy of what was collected, owned by the caller.</summary>
    public byte[] ToArray() => _writer.Written.ToArray();
}
