using System.Buffers.Binary;

namespace Blockwire.Scsi.Device.Commands;

/// <summary>The REPORT LUNS well known logical unit (SPC-4 §8.2): it is there whatever other units are, and serves four commands.</summary>
internal static class WellKnownUnit
{
    private const int HeaderLength = 4;

    /// <summary>Is the LUN field its own?</summary>
    public static bool IsAt(ulong lun) => lun == LunFormat.ReportLunsWellKnown;

    /// <summary>Does it serve a command?</summary>
    public static bool Serves(CommandSpec spec) =>
        spec.OperationCode is OperationCode.Inquiry or OperationCode.ReportLuns or OperationCode.RequestSense or OperationCode.TestUnitReady;

    /// <summary>Has it such a vital product data page?</summary>
    public static bool HasPage(byte code) => code is PageCodes.Vpd.SupportedPages or PageCodes.Vpd.DeviceIdentification;

    /// <summary>Writes a page that it has into cleared bytes; returns its length in bytes. It has no name of its own (SPC-4 §7.8.6.2.2), its port and target have.</summary>
    public static int WritePage(ScsiTargetDevice device, Nexus nexus, byte code, Span<byte> into)
    {
        int at = HeaderLength;
        if (code == PageCodes.Vpd.SupportedPages)
        {
            into[at++] = PageCodes.Vpd.SupportedPages;
            into[at++] = PageCodes.Vpd.DeviceIdentification;
        }
        else
        {
            foreach (Designator designator in VitalProductData.PortAndTarget(device, nexus))
            {
                at += designator.Write(into[at..]);
            }
        }

        into[0] = StandardInquiryData.WellKnownUnitType;
        into[1] = code;
        BinaryPrimitives.WriteUInt16BigEndian(into[2..], (ushort)(at - HeaderLength));
        return at;
    }
}
