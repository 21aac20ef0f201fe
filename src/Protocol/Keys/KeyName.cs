namespace Blockwire.Protocol.Keys;

/// <summary>The names of the login and text keys, spelled as RFC 7143 §12 and §13 and RFC 7144 §7.1.1 spell them. Keys are case sensitive (§6.1).</summary>
public static class KeyName
{
    /// <summary>RFC 7143 §12.1.</summary>
    public const string AuthMethod = "AuthMethod";

    /// <summary>RFC 7143 §12.1.3: algorithms.</summary>
    public const string ChapA = "CHAP_A";

    /// <summary>RFC 7143 §12.1.3: identifier.</summary>
    public const string ChapI = "CHAP_I";

    /// <summary>RFC 7143 §12.1.3: challenge.</summary>
    public const string ChapC = "CHAP_C";

    /// <summary>RFC 7143 §12.1.3: name.</summary>
    public const string ChapN = "CHAP_N";

    /// <summary>RFC 7143 §12.1.3: response.</summary>
    public const string ChapR = "CHAP_R";

    /// <summary>RFC 7143 §13.1.</summary>
    public const string HeaderDigest = "HeaderDigest";

    /// <summary>RFC 7143 §13.1.</summary>
    public const string DataDigest = "DataDigest";

    /// <summary>RFC 7143 §13.2.</summary>
    public const string MaxConnections = "MaxConnections";

    /// <summary>RFC 7143 §13.3 and Appendix C.</summary>
    public const string SendTargets = "SendTargets";

    /// <summary>RFC 7143 §13.4.</summary>
    public const string TargetName = "TargetName";

    /// <summary>RFC 7143 §13.5.</summary>
    public const string InitiatorName = "InitiatorName";

    /// <summary>RFC 7143 §13.6.</summary>
    public const string TargetAlias = "TargetAlias";

    /// <summary>RFC 7143 §13.7.</summary>
    public const string InitiatorAlias = "InitiatorAlias";

    /// <summary>RFC 7143 §13.8.</summary>
    public const string TargetAddress = "TargetAddress";

    /// <summary>RFC 7143 §13.9.</summary>
    public const string TargetPortalGroupTag = "TargetPortalGroupTag";

    /// <summary>RFC 7143 §13.10.</summary>
    public const string InitialR2T = "InitialR2T";

    /// <summary>RFC 7143 §13.11.</summary>
    public const string ImmediateData = "ImmediateData";

    /// <summary>RFC 7143 §13.12.</summary>
    public const string MaxRecvDataSegmentLength = "MaxRecvDataSegmentLength";

    /// <summary>RFC 7143 §13.13.</summary>
    public const string MaxBurstLength = "MaxBurstLength";

    /// <summary>RFC 7143 §13.14.</summary>
    public const string FirstBurstLength = "FirstBurstLength";

    /// <summary>RFC 7143 §13.15.</summary>
    public const string DefaultTime2Wait = "DefaultTime2Wait";

    /// <summary>RFC 7143 §13.16.</summary>
    public const string DefaultTime2Retain = "DefaultTime2Retain";

    /// <summary>RFC 7143 §13.17.</summary>
    public const string MaxOutstandingR2T = "MaxOutstandingR2T";

    /// <summary>RFC 7143 §13.18.</summary>
    public const string DataPDUInOrder = "DataPDUInOrder";

    /// <summary>RFC 7143 §13.19.</summary>
    public const string DataSequenceInOrder = "DataSequenceInOrder";

    /// <summary>RFC 7143 §13.20.</summary>
    public const string ErrorRecoveryLevel = "ErrorRecoveryLevel";

    /// <summary>RFC 7143 §13.21.</summary>
    public const string SessionType = "SessionType";

    /// <summary>RFC 7143 §13.23.</summary>
    public const string TaskReporting = "TaskReporting";

    /// <summary>RFC 7143 §13.24, RFC 7144 §7.1.1.</summary>
    public const string ProtocolLevel = "iSCSIProtocolLevel";

    /// <summary>RFC 7143 §13.25 (obsolete).</summary>
    public const string IFMarker = "IFMarker";

    /// <summary>RFC 7143 §13.25 (obsolete).</summary>
    public const string OFMarker = "OFMarker";

    /// <summary>RFC 7143 §13.25 (obsolete).</summary>
    public const string IFMarkInt = "IFMarkInt";

    /// <summary>RFC 7143 §13.25 (obsolete).</summary>
    public const string OFMarkInt = "OFMarkInt";

    /// <summary>RFC 7143 §13.26.</summary>
    public const string NodeArchitecture = "X#NodeArchitecture";
}
