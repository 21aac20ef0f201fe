using Blockwire.Wire;

namespace Blockwire.Protocol.Login;

/// <summary>The fields that every Login Request of one login repeats (RFC 7143 §6.3, §11.12.4 to §11.12.7).</summary>
internal readonly record struct LoginConstants(
    uint InitiatorTaskTag, ulong Isid, ushort Tsih, ushort Cid, byte VersionMax, byte VersionMin)
{
    public LoginConstants(in LoginRequest request)
        : this(request.InitiatorTaskTag, request.Isid, request.Tsih, request.Cid, request.VersionMax, request.VersionMin)
    {
    }

    /// <summary>Names the first field in which <paramref name="later"/> differs, or null.</summary>
    public string? FirstChange(in LoginConstants later) =>
        InitiatorTaskTag != later.InitiatorTaskTag ? "the Initiator Task Tag"
        : Isid != later.Isid ? "the ISID"
        : Tsih != later.Tsih ? "the TSIH"
        : Cid != later.Cid ? "the CID"
        : VersionMax != later.VersionMax || VersionMin != later.VersionMin ? "the version range"
        : null;
}
