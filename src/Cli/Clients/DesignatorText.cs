using System.Text;
using Blockwire.Scsi;

namespace Blockwire.Cli.Clients;

/// <summary>Designators in words.</summary>
internal static class DesignatorText
{
    /// <summary>The value: text as it is, "naa.6001..." and "eui...." as operating systems write them, other bytes in hexadecimal.</summary>
    public static string Of(Designator one)
    {
        string hex = Convert.ToHexStringLower(one.Value.Span);
        return one.Type switch
        {
            _ when one.Text => string.Concat(Encoding.UTF8.GetString(one.Value.Span).TrimEnd('\0', ' ').Select(static it => char.IsControl(it) ? '?' : it)),
            DesignatorType.Naa => $"naa.{hex}",
            DesignatorType.Eui64 => $"eui.{hex}",
            _ => hex,
        };
    }

    /// <summary>What it is and what it names.</summary>
    public static string Kind(Designator one)
    {
        string type = one.Type switch
        {
            DesignatorType.VendorSpecific => "vendor's",
            DesignatorType.T10VendorId => "T10 vendor ID",
            DesignatorType.Eui64 => "EUI-64",
            DesignatorType.Naa => "NAA",
            DesignatorType.RelativeTargetPort => "relative target port",
            DesignatorType.TargetPortGroup => "target port group",
            DesignatorType.LogicalUnitGroup => "logical unit group",
            DesignatorType.Md5 => "MD5",
            DesignatorType.ScsiName => "SCSI name",
            _ => $"type {(byte)one.Type}",
        };
        return $"{type} of the {one.Association switch
        {
            DesignatorAssociation.LogicalUnit => "unit",
            DesignatorAssociation.TargetPort => "port",
            DesignatorAssociation.TargetDevice => "device",
            _ => "?",
        }}";
    }
}
