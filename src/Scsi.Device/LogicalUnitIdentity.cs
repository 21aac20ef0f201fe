using System.Security.Cryptography;
using System.Text;

namespace Blockwire.Scsi.Device;

/// <summary>Names of a logical unit, all derived from one stable text (SPC-4 §7.8).</summary>
internal sealed class LogicalUnitIdentity
{
    private const ulong LocallyAssigned = 3UL << 60;

    public LogicalUnitIdentity(LogicalUnitOptions options)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(options.Identity), hash);
        string text = Convert.ToHexStringLower(hash[..8]);
        Serial = options.Serial ?? text;
        if (Serial.Length is 0 or > 252 || Serial.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            throw new ArgumentException("a serial number has 1 to 252 printable ASCII characters", nameof(options));
        }

        // NAA 6 would need a company identifier registered with the IEEE, which Blockwire has not; NAA 3 is for those without (SPC-4 §7.8.6).
        Naa = LocallyAssigned | System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(hash[8..]) >> 4;
        VendorSpecific = text;
    }

    /// <summary>Unit serial number.</summary>
    public string Serial { get; }

    /// <summary>NAA locally assigned designator.</summary>
    public ulong Naa { get; }

    /// <summary>Vendor specific part of the T10 vendor ID designator: unique even when the user gives two disks one serial number.</summary>
    public string VendorSpecific { get; }
}
