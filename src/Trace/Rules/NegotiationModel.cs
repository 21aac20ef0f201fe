using System.Text;
using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Negotiation;
using Blockwire.Trace.Streams;
using Blockwire.Wire;

namespace Blockwire.Trace.Rules;

/// <summary>Follows the keys of one negotiation: who offered what, what was answered, and what is legal (RFC 7143 §6.2, §12, §13).</summary>
internal sealed class NegotiationModel
{
    private const int MostKeys = 1024;
    private readonly TextAssembler _fromInitiator = new();
    private readonly TextAssembler _fromTarget = new();
    private readonly Dictionary<string, string> _initiatorOffers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _targetOffers = new(StringComparer.Ordinal);

    // What was declared, or answered.
    private readonly Dictionary<string, string> _results = new(StringComparer.Ordinal);
    private readonly HashSet<string> _declaredByInitiator = new(StringComparer.Ordinal);
    private readonly HashSet<string> _declaredByTarget = new(StringComparer.Ordinal);

    /// <summary>Has a whole text of the initiator been seen?</summary>
    public bool HasInitiatorText { get; private set; }

    /// <summary>The result of a key so far, or null.</summary>
    public string? Result(string key) => _results.GetValueOrDefault(key);

    /// <summary>What the initiator declared or offered.</summary>
    public string? Initiators(string key) => _initiatorOffers.GetValueOrDefault(key);

    /// <summary>MaxRecvDataSegmentLength as the initiator declared it, or null.</summary>
    public int? InitiatorMaxRecv { get; private set; }

    /// <summary>MaxRecvDataSegmentLength as the target declared it, or null.</summary>
    public int? TargetMaxRecv { get; private set; }

    /// <summary>Takes the text of a PDU; checks it once it is whole.</summary>
    /// <param name="pdu">The PDU, which is flagged.</param>
    /// <param name="continues">Its C bit.</param>
    /// <param name="stage">Where the negotiation is.</param>
    /// <param name="isLeading">It is a leading login.</param>
    public void Take(TracedPdu pdu, bool continues, KeyStages stage, bool isLeading)
    {
        TextAssembler assembler = pdu.FromInitiator ? _fromInitiator : _fromTarget;
        PduCheck check = assembler.Add(pdu.Data, continues);
        if (!check.IsOk)
        {
            pdu.Flag(Problem.From(check));
            assembler.Reset();
            return;
        }

        if (!assembler.IsComplete)
        {
            return;
        }

        HasInitiatorText |= pdu.FromInitiator;
        TextKeyReader reader = new(assembler.Text);
        while (reader.MoveNext())
        {
            OnKey(pdu, Encoding.UTF8.GetString(reader.Key), Encoding.UTF8.GetString(reader.Value), stage, isLeading);
        }

        if (!reader.Check.IsOk)
        {
            pdu.Flag(Problem.From(reader.Check));
        }
    }

    /// <summary>Keys of the initiator that want an answer and have none (RFC 7143 §6.2).</summary>
    public IEnumerable<string> Unanswered() => _initiatorOffers.Where(it => !_results.ContainsKey(it.Key) && KeyTable.Find(it.Key) is { } row && WantsAnswer(row, it.Value))
        .Select(static it => it.Key);

    // A Boolean whose result is settled by the offer needs none (RFC 7143 §6.2.2).
    private static bool WantsAnswer(KeyRow row, string offer) => row is { Use: KeyUse.Negotiated, AuthMethod: null }
        && !(row.Function == ResultFunction.And && offer == KeyConstant.No) && !(row.Function == ResultFunction.Or && offer == KeyConstant.Yes);

    private void OnKey(TracedPdu pdu, string key, string value, KeyStages stage, bool isLeading)
    {
        Dictionary<string, string> mine = pdu.FromInitiator ? _initiatorOffers : _targetOffers;
        Dictionary<string, string> theirs = pdu.FromInitiator ? _targetOffers : _initiatorOffers;
        if (mine.Count >= MostKeys || _results.Count >= MostKeys)
        {
            return;
        }

        KeyRow? row = KeyTable.Find(key);
        bool isAnswer = row is { Use: KeyUse.Declarative } ? false : theirs.ContainsKey(key) && !_results.ContainsKey(key);
        if (row is null)
        {
            if (!isAnswer && !key.StartsWith("X-", StringComparison.Ordinal) && !key.StartsWith("X#", StringComparison.Ordinal))
            {
                pdu.Flag("7143/6.1", $"{key} is a key of no RFC and does not begin with X- or X#");
            }
        }
        else if (row.AuthMethod is null)
        {
            CheckKey(pdu, row, value, isAnswer, isAnswer ? theirs[key] : null, stage, isLeading);
        }

        if (isAnswer)
        {
            _results[key] = value;
            return;
        }

        HashSet<string> declared = pdu.FromInitiator ? _declaredByInitiator : _declaredByTarget;
        if (!declared.Add(key) && stage != KeyStages.FullFeature && row is { Repeatable: false, AuthMethod: null })
        {
            pdu.Flag("7143/6.3", $"{key} is sent more than once");
        }

        mine[key] = value;
        Declare(pdu, key, value, row);
    }

    private void Declare(TracedPdu pdu, string key, string value, KeyRow? row)
    {
        if (row is not { Use: KeyUse.Declarative })
        {
            return;
        }

        if (key != KeyName.MaxRecvDataSegmentLength)
        {
            _results[key] = value;
        }
        else if (NumberValue.TryParse(value, out ulong bytes) && row.Range!.Value.Holds(bytes))
        {
            if (pdu.FromInitiator)
            {
                InitiatorMaxRecv = (int)bytes;
            }
            else
            {
                TargetMaxRecv = (int)bytes;
            }
        }
    }

    private static void CheckKey(TracedPdu pdu, KeyRow row, string value, bool isAnswer, string? offer, KeyStages stage, bool isLeading)
    {
        if (isAnswer)
        {
            CheckAnswer(pdu, row, value, offer!);
            return;
        }

        KeyStages allowed = pdu.FromInitiator ? row.FromInitiator : row.FromTarget;
        if (allowed == KeyStages.None)
        {
            pdu.Flag(row.Section, $"{row.Name} is not for {(pdu.FromInitiator ? "an initiator" : "a target")} to send");
        }
        else if ((allowed & stage) == KeyStages.None)
        {
            pdu.Flag(row.Section, $"{row.Name} may not be sent in this stage");
        }
        else if (row.LeadingOnly && !isLeading && stage != KeyStages.FullFeature)
        {
            pdu.Flag(row.Section, $"{row.Name} belongs to the leading login of a session");
        }

        if (KeyConstant.IsAnswerOnly(value))
        {
            pdu.Flag("7143/6.2", $"{row.Name}={value} is an answer, and nothing was offered");
        }
        else if (!ValueSyntax.IsLegal(row, value))
        {
            pdu.Flag(row.Section, $"{row.Name}={Short(value)} is no legal value{(row.Range is { } range ? $", {range} is" : "")}");
        }
    }

    private static void CheckAnswer(TracedPdu pdu, KeyRow row, string value, string offer)
    {
        if (KeyConstant.IsAnswerOnly(value))
        {
            return;
        }

        if (!ValueSyntax.IsLegal(row, value))
        {
            pdu.Flag(row.Section, $"{row.Name}={Short(value)} is no legal answer");
            return;
        }

        bool isNumber = NumberValue.TryParse(value, out ulong number) & NumberValue.TryParse(offer, out ulong offered);
        string? wrong = row.Function switch
        {
            ResultFunction.Minimum when isNumber && number > offered => "the smaller number is the result",
            ResultFunction.Maximum when isNumber && number < offered => "the larger number is the result",
            ResultFunction.And when offer == KeyConstant.No && value != KeyConstant.No => "No and anything gives No",
            ResultFunction.Or when offer == KeyConstant.Yes && value != KeyConstant.Yes => "Yes or anything gives Yes",
            ResultFunction.FirstSupported when !offer.Split(',').Contains(value) => "one of the offered values is selected",
            _ => null,
        };
        if (wrong is not null)
        {
            pdu.Flag(row.Function == ResultFunction.FirstSupported ? "7143/6.2.1" : row.Section, $"{row.Name}={Short(offer)} was answered {Short(value)}: {wrong}");
        }
    }

    private static string Short(string value) => value.Length <= 60 ? value : $"{value[..60]}...";
}
