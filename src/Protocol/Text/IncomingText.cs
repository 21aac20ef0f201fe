using System.Text;
using System.Text.Unicode;
using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Text;

/// <summary>Collects the text of a negotiation and reads its keys when a logical text data segment is complete (RFC 7143 §6.1).</summary>
/// <param name="maxBytes">Most bytes in the whole negotiation, however many segments it has.</param>
internal sealed class IncomingText(int maxBytes)
{
    private readonly TextAssembler _segment = new(maxBytes);
    private int _total;

    /// <summary>Forgets everything: a new negotiation begins.</summary>
    public void Reset()
    {
        _segment.Reset();
        _total = 0;
    }

    /// <summary>Takes the data of one PDU; false beyond the limit.</summary>
    public bool TryAppend(ReadOnlySpan<byte> data)
    {
        _total += data.Length;
        return _total <= maxBytes && _segment.Add(data, continues: true).IsOk;
    }

    /// <summary>Reads the segment collected so far and forgets it.</summary>
    /// <param name="seen">
    /// Names of the keys of this negotiation so far; a second appearance is a fault (§6.3, §6.4). A key of the first request that comes again in
    /// a later one is left to the caller, who knows what it was. Null where names repeat by design, as in the answer to SendTargets.
    /// </param>
    /// <param name="keys">The keys, in the order they came.</param>
    /// <returns>The first fault, or null.</returns>
    public KeyFault? Read(HashSet<string>? seen, out List<OfferedKey> keys)
    {
        keys = [];
        TextKeyReader reader = new(WithoutPadding(_segment.Text));
        while (reader.MoveNext())
        {
            if (ReadOne(reader.Key, reader.Value, seen, keys) is { } fault)
            {
                return fault;
            }
        }

        _segment.Reset();
        return reader.Check.IsOk ? null : new("7143/6.1", $"malformed text: it must be that {reader.Check.Rule}");
    }

    private static KeyFault? ReadOne(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, HashSet<string>? seen, List<OfferedKey> keys)
    {
        string name = Encoding.ASCII.GetString(key);
        if (!Utf8.IsValid(value))
        {
            return new("7143/6.1", $"the value of {name} is not UTF-8");
        }

        KeyRow? row = KeyTable.Find(name);
        if (seen?.Add(name) == false && row is not { Repeatable: true } && !(row is { FirstRequestOnly: true } && keys.TrueForAll(key => key.Name != name)))
        {
            return new("7143/6.3", $"{name} appears twice in one negotiation");
        }

        keys.Add(new(name, Encoding.UTF8.GetString(value), row));
        return null;
    }

    // Initiators exist that count the pad bytes into the data segment: more than one NUL at the end means no more than one.
    private static ReadOnlySpan<byte> WithoutPadding(ReadOnlySpan<byte> text)
    {
        int last = text.LastIndexOfAnyExcept((byte)0);
        return last < 0 ? default : text[..Math.Min(last + 2, text.Length)];
    }
}
