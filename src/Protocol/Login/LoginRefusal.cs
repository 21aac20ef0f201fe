using Blockwire.Protocol.Negotiation;
using Blockwire.Wire;

namespace Blockwire.Protocol.Login;

/// <summary>Why a login ends here.</summary>
internal record LoginRefusal(LoginStatus Status, string Why)
{
    /// <summary>A protocol error in a key (RFC 7143 §6.3: Login reject, initiator error).</summary>
    public static LoginRefusal Of(KeyFault fault) => new(LoginStatus.InitiatorError, $"{fault.Why} (RFC {fault.Rule})");

    /// <summary>Any other error of the initiator.</summary>
    public static LoginRefusal InitiatorError(string why) => new(LoginStatus.InitiatorError, why);
}
