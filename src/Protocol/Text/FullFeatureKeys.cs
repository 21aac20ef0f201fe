using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Naming;
using Blockwire.Protocol.Negotiation;

namespace Blockwire.Protocol.Text;

/// <summary>Answers the keys of the full feature phase: SendTargets, and the few keys whose use is "ALL" (RFC 7143 §13).</summary>
internal sealed class FullFeatureKeys(TextSessionFacts session, ISendTargets targets)
{
    /// <summary>Answers the keys of one logical text data segment.</summary>
    public KeyFault? Answer(List<OfferedKey> keys, TextSequence sequence, KeyAnswers answers)
    {
        if (keys.Find(static key => key.Name == KeyName.SendTargets) is { Row: not null } question)
        {
            return keys.Count > 1
                ? new("7143/C", "SendTargets must be the only key of its Text Request")
                : AnswerSendTargets(question.Value, answers);
        }

        if (session.SessionType == SessionType.Discovery)
        {
            return new("7143/4.3", $"a discovery session takes no key but SendTargets, not {(keys.Count > 0 ? keys[0].Name : "none at all")}");
        }

        foreach (OfferedKey key in keys)
        {
            if (AnswerOne(key, sequence, answers) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    private static KeyFault? AnswerOne(OfferedKey key, TextSequence sequence, KeyAnswers answers)
    {
        if (KeyConstant.IsAnswerOnly(key.Value))
        {
            return new("7143/6.2", $"{key.Name}={key.Value} answers nothing that was proposed");
        }

        if (key.Row is not { } row)
        {
            answers.Add(key.Name, KeyConstant.NotUnderstood);
            return null;
        }

        if (row.FromInitiator == KeyStages.None)
        {
            return new(row.Section, $"{row.Name} is not for an initiator to send");
        }

        if (!row.FromInitiator.HasFlag(KeyStages.FullFeature))
        {
            // Fixed at login: the value in effect stays (§6.2).
            answers.Add(row.Name, KeyConstant.Reject);
            return null;
        }

        return Declare(row, key.Value, sequence);
    }

    private static KeyFault? Declare(KeyRow row, string value, TextSequence sequence)
    {
        if (!ValueSyntax.IsLegal(row, value))
        {
            return new(row.Section, $"{row.Name} declares an illegal value");
        }

        if (row.Name == KeyName.MaxRecvDataSegmentLength && NumberValue.TryParse(value, out ulong bytes))
        {
            sequence.PeerMaxRecvDataSegmentLength = (int)bytes;
        }
        else if (row.Name == KeyName.InitiatorAlias)
        {
            sequence.InitiatorAlias = value;
        }

        return null;
    }

    private KeyFault? AnswerSendTargets(string value, KeyAnswers answers)
    {
        bool discovery = session.SessionType == SessionType.Discovery;
        switch (value)
        {
            case "All" when discovery:
                foreach (DiscoveredTarget target in targets.All())
                {
                    Add(target, answers);
                }

                return null;
            case "" when !discovery && session.TargetName is { } own:
                AddIfFound(own, answers);
                return null;
            case "All" or "":
                // Appendix C: All is not for operational sessions, nothing is not for discovery sessions.
                answers.Add(KeyName.SendTargets, KeyConstant.Reject);
                return null;
            default:
                return AnswerNamed(value, discovery, answers);
        }
    }

    private KeyFault? AnswerNamed(string value, bool discovery, KeyAnswers answers)
    {
        if (!IscsiName.TryReceive(value, out IscsiName name, out string? why))
        {
            return new("7143/C", $"SendTargets names a target whose name {why}");
        }

        if (discovery || name.Text == session.TargetName)
        {
            AddIfFound(name.Text, answers);
        }
        else
        {
            answers.Add(KeyName.SendTargets, KeyConstant.Reject);
        }

        return null;
    }

    // A name that leads nowhere gets no record: "zero or more targets".
    private void AddIfFound(string name, KeyAnswers answers)
    {
        if (targets.Find(name) is { } target)
        {
            Add(target, answers);
        }
    }

    private static void Add(DiscoveredTarget target, KeyAnswers answers)
    {
        answers.Add(KeyName.TargetName, target.Name);
        foreach (string address in target.Addresses)
        {
            answers.Add(KeyName.TargetAddress, address);
        }
    }
}
