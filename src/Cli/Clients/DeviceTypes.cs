namespace Blockwire.Cli.Clients;

/// <summary>PERIPHERAL DEVICE TYPE in words (SPC-4 §6.6.2).</summary>
internal static class DeviceTypes
{
    public static string Name(byte type) => type switch
    {
        0x00 => "disk",
        0x01 => "tape",
        0x03 => "processor",
        0x05 => "CD/DVD",
        0x07 => "optical memory",
        0x08 => "medium changer",
        0x0C => "array controller",
        0x0D => "enclosure",
        0x0E => "simple disk",
        0x11 => "object storage",
        0x14 => "zoned disk",
        0x1E => "well-known unit",
        0x1F => "no device",
        _ => $"type {type:x2}h",
    };
}
