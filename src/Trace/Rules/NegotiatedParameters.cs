using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Negotiation;

namespace Blockwire.Trace.Rules;

/// <summary>Turns the keys of a login into what holds afterwards.</summary>
internal static class NegotiatedParameters
{
    public static SessionParameters Of(NegotiationModel keys)
    {
        SessionParameters it = SessionParameters.Default;
        return it with
        {
            MaxConnections = Number(keys, KeyName.MaxConnections, it.MaxConnections),
            InitialR2T = Boolean(keys, KeyName.InitialR2T, it.InitialR2T),
            ImmediateData = Boolean(keys, KeyName.ImmediateData, it.ImmediateData),
            MaxBurstLength = Number(keys, KeyName.MaxBurstLength, it.MaxBurstLength),
            FirstBurstLength = Number(keys, KeyName.FirstBurstLength, it.FirstBurstLength),
            MaxOutstandingR2T = Number(keys, KeyName.MaxOutstandingR2T, it.MaxOutstandingR2T),
            DataPDUInOrder = Boolean(keys, KeyName.DataPDUInOrder, it.DataPDUInOrder),
            DataSequenceInOrder = Boolean(keys, KeyName.DataSequenceInOrder, it.DataSequenceInOrder),
            ErrorRecoveryLevel = Number(keys, KeyName.ErrorRecoveryLevel, it.ErrorRecoveryLevel),
            ProtocolLevel = Number(keys, KeyName.ProtocolLevel, it.ProtocolLevel),
        };
    }

    public static bool IsCrc(NegotiationModel keys, string key) => keys.Result(key) == "CRC32C";

    private static int Number(NegotiationModel keys, string key, int otherwise) =>
        KeyTable.Find(key)!.Range is { } range && NumberValue.TryParse(keys.Result(key) ?? "", out ulong number) && range.Holds(number) ? (int)number : otherwise;

    // An offer that settles a Boolean needs no answer (RFC 7143 §6.2.2).
    private static bool Boolean(NegotiationModel keys, string key, bool otherwise) => (keys.Result(key) ?? keys.Initiators(key)) switch
    {
        KeyConstant.Yes => true,
        KeyConstant.No => false,
        _ => otherwise,
    };
}
