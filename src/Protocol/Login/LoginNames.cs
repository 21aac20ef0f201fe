using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Naming;
using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Login;

/// <summary>Who wants what: the names and the session type of the first request (RFC 7143 §6.3).</summary>
internal sealed record LoginNames(SessionType SessionType, string InitiatorName, string? TargetName)
{
    /// <summary>Reads them from the keys of the first logical text data segment.</summary>
    /// <returns>A refusal, or null.</returns>
    public static LoginRefusal? Read(IReadOnlyList<OfferedKey> keys, out LoginNames names)
    {
        names = new(SessionType.Normal, "", null);
        SessionType? type = ValueOf(keys, KeyName.SessionType) switch
        {
            null or "Normal" => SessionType.Normal,
            "Discovery" => SessionType.Discovery,
            _ => null,
        };
        if (type is not { } sessionType)
        {
            return new(LoginStatus.SessionTypeNotSupported, "SessionType is neither Normal nor Discovery");
        }

        if (ReadName(keys, KeyName.InitiatorName, out string? initiator) is { } badInitiator)
        {
            return badInitiator;
        }

        if (ReadName(keys, KeyName.TargetName, out string? target) is { } badTarget)
        {
            return badTarget;
        }

        if (initiator is null)
        {
            return new(LoginStatus.MissingParameter, "the first request has no InitiatorName");
        }

        if (target is null && sessionType == SessionType.Normal)
        {
            return new(LoginStatus.MissingParameter, "the first request of a normal session has no TargetName");
        }

        names = new(sessionType, initiator, target);
        return null;
    }

    /// <summary>True for a key that says again, in a later request, what the first one said.</summary>
    /// <param name="key">A key of a later request.</param>
    public bool Repeats(in OfferedKey key) => key.Name switch
    {
        KeyName.SessionType => key.Value == SessionType.ToString(),
        KeyName.InitiatorName => IscsiName.TryReceive(key.Value, out IscsiName initiator, out _) && initiator.Text == InitiatorName,
        KeyName.TargetName => IscsiName.TryReceive(key.Value, out IscsiName target, out _) && target.Text == TargetName,
        _ => false,
    };

    private static LoginRefusal? ReadName(IReadOnlyList<OfferedKey> keys, string key, out string? name)
    {
        name = null;
        if (ValueOf(keys, key) is not { } value)
        {
            return null;
        }

        if (!IscsiName.TryReceive(value, out IscsiName parsed, out string? why))
        {
            return LoginRefusal.InitiatorError($"{key} {why}");
        }

        name = parsed.Text;
        return null;
    }

    private static string? ValueOf(IReadOnlyList<OfferedKey> keys, string name)
    {
        foreach (OfferedKey key in keys)
        {
            if (key.Name == name)
            {
                return key.Value;
            }
        }

        return null;
    }
}
