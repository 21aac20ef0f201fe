using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Naming;
using Blockwire.Protocol.Negotiation;

namespace Blockwire.Protocol.Text;

/// <summary>Reads the answer to SendTargets: records of a TargetName and its TargetAddresses (RFC 7143 Appendix C).</summary>
public static class SendTargetsReader
{
    /// <summary>Reads all records. What makes no sense is left out and told; the rest is as good as ever.</summary>
    /// <param name="pairs">The pairs of the answer, in their order.</param>
    /// <param name="askedAt">
    /// Where the question was asked. A target without any address is reached there, and so is one whose address is the unspecified one, 0.0.0.0 or [::],
    /// which targets are known to tell that listen on all addresses.
    /// </param>
    /// <param name="targets">The targets, each name once, in the order they came.</param>
    /// <param name="notes">What was left out or put right, a line each.</param>
    /// <param name="why">The target's refusal of the question, or null.</param>
    /// <returns>False when the target refused the question.</returns>
    public static bool TryRead(
        IReadOnlyList<TextPair> pairs, PortalAddress askedAt, out ImmutableArray<DiscoveredTarget> targets, out ImmutableArray<string> notes,
        [NotNullWhen(false)] out string? why)
    {
        (targets, notes, why) = ([], [], null);
        List<Record> records = [];
        Dictionary<string, Record> byName = new(StringComparer.Ordinal);
        HashSet<string> told = new(StringComparer.Ordinal);
        Record? current = null;
        foreach ((string key, string value) in pairs)
        {
            switch (key)
            {
                case KeyName.SendTargets when KeyConstant.IsAnswerOnly(value):
                    why = $"the target answers SendTargets with {value} (RFC 7143/C)";
                    return false;
                case KeyName.TargetName:
                    current = Begin(value, records, byName, told);
                    break;
                case KeyName.TargetAddress when current is not null:
                    AddAddress(value, askedAt, current, told);
                    break;
                case KeyName.TargetAddress:
                    told.Add("an address that belongs to no target was left out");
                    break;
                default:
                    told.Add($"{key} does not belong into the answer to SendTargets and was left out (RFC 7143/C)");
                    break;
            }
        }

        // §C: no address at all means the one that was asked.
        targets = [.. records.Select(it => new DiscoveredTarget(it.Name, it.Addresses is [] ? [askedAt.ToString()] : [.. it.Addresses]))];
        notes = [.. told];
        return true;
    }

    private static Record? Begin(string value, List<Record> records, Dictionary<string, Record> byName, HashSet<string> notes)
    {
        if (!IscsiName.TryReceive(value, out IscsiName name, out string? why))
        {
            notes.Add($"a target whose name {why} was left out");
            return null;
        }

        if (!byName.TryGetValue(name.Text, out Record? record))
        {
            record = new(name.Text);
            byName.Add(name.Text, record);
            records.Add(record);
        }

        return record;
    }

    private static void AddAddress(string value, PortalAddress askedAt, Record record, HashSet<string> notes)
    {
        if (!PortalAddress.TryReadTargetAddress(value, out PortalAddress address, out ushort? tag))
        {
            notes.Add("a TargetAddress that is no address was left out (RFC 7143/13.8)");
            return;
        }

        if (address.Host is "0.0.0.0" or "::")
        {
            notes.Add($"the target tells {address}, which leads nowhere; the address asked is taken instead");
            address = askedAt.WithPort(address.Port);
        }

        record.Add(tag is { } known ? address.ToTargetAddress(known) : address.ToString());
    }

    /// <summary>A target under way; the set keeps a list of ever so many addresses from costing its square.</summary>
    private sealed class Record(string name)
    {
        private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

        public string Name => name;

        public List<string> Addresses { get; } = [];

        public void Add(string address)
        {
            if (_seen.Add(address))
            {
                Addresses.Add(address);
            }
        }
    }
}
