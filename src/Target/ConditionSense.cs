using System.Diagnostics;
using Blockwire.Protocol.Session;
using Blockwire.Scsi;

namespace Blockwire.Target;

/// <summary>Sense data of the transport's conditions (RFC 7143 §11.4.7.2).</summary>
internal static class ConditionSense
{
    public static SenseData Of(IscsiCondition condition) => condition switch
    {
        IscsiCondition.UnexpectedUnsolicitedData => Sense.UnexpectedUnsolicitedData,
        IscsiCondition.IncorrectAmountOfData => Sense.IncorrectAmountOfData,
        IscsiCondition.ProtocolServiceCrcError => Sense.ProtocolServiceCrcError,
        IscsiCondition.SnackRejected => Sense.SnackRejected,
        _ => throw new UnreachableException(),
    };
}
