using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Negotiation;

namespace Blockwire.Protocol.Authentication;

/// <summary>The keys of one step of the exchange, by name.</summary>
internal sealed class ChapKeys
{
    public ChapKeys(IReadOnlyList<TextPair> keys)
    {
        foreach ((string key, string value) in keys)
        {
            switch (key)
            {
                case KeyName.ChapA:
                    Algorithms = value;
                    break;
                case KeyName.ChapI:
                    Identifier = value;
                    break;
                case KeyName.ChapC:
                    Challenge = value;
                    break;
                case KeyName.ChapN:
                    Name = value;
                    break;
                case KeyName.ChapR:
                    Response = value;
                    break;
                default:
                    Other = key;
                    break;
            }
        }
    }

    public string? Algorithms { get; }

    public string? Identifier { get; }

    public string? Challenge { get; }

    public string? Name { get; }

    public string? Response { get; }

    /// <summary>A key that is not one of CHAP.</summary>
    public string? Other { get; }
}
