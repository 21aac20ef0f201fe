namespace Blockwire.Storage;

/// <summary>One option of a disk URI.</summary>
/// <param name="Name">In lower case.</param>
/// <param name="Allowed">How it is written, for error messages.</param>
/// <param name="TryApply">Puts the value into the spec; null stands for an option without a value. False when the value is not allowed.</param>
public sealed record DiskOption(string Name, string Allowed, Func<DiskSpec, string?, bool> TryApply)
{
    /// <summary>Options of every disk.</summary>
    internal static readonly DiskOption[] OfEveryDisk =
    [
        new("readonly", "readonly, readonly=on or readonly=off", static (spec, value) =>
        {
            spec.ReadOnly = IsOn(value ?? "on", out bool isSwitch);
            return isSwitch;
        }),
        new("removable", "removable, removable=on or removable=off", static (spec, value) =>
        {
            spec.Removable = IsOn(value ?? "on", out bool isSwitch);
            return isSwitch;
        }),
        new("block", "block=512 or block=4096", static (spec, value) =>
        {
            if (value is not ("512" or "4096")) return false;
            spec.BlockBytes = value == "512" ? 512u : 4096u;
            return true;
        }),
        new("serial", "serial=TEXT with 1 to 64 printable ASCII characters", static (spec, value) =>
        {
            if (value is null or "" || value.Length > 64 || value.AsSpan().ContainsAnyExceptInRange(' ', '~')) return false;
            spec.Serial = value;
            return true;
        }),
        new("thin", "thin=on or thin=off", static (spec, value) =>
        {
            spec.Thin = IsOn(value ?? "", out bool isSwitch);
            return isSwitch;
        }),
    ];

    /// <summary>`size`, of disks that are made when they are missing.</summary>
    internal static readonly DiskOption Size = new("size", "size=SIZE with SIZE being " + DiskSize.Form, static (spec, value) =>
    {
        if (value is null || !DiskSize.TryParse(value, out ulong bytes)) return false;
        spec.SizeBytes = bytes;
        return true;
    });

    /// <summary>`protection`, of disks that can keep protection information.</summary>
    internal static readonly DiskOption Protection = new("protection", "protection=0, 1, 2 or 3: the type of protection information", static (spec, value) =>
    {
        if (value is not ("0" or "1" or "2" or "3")) return false;
        spec.Protection = (byte)(value[0] - '0');
        return true;
    });

    /// <summary>`protection-store`, of files.</summary>
    internal static readonly DiskOption ProtectionStore = new("protection-store", "protection-store=inline or protection-store=FILE", static (spec, value) =>
    {
        if (value is null or "" || value.Contains('\0')) return false;
        spec.ProtectionStore = value;
        return true;
    });

    /// <summary>An option whose text is kept in <see cref="DiskSpec.OwnOptions"/> for the opener of its type.</summary>
    /// <param name="name">In lower case.</param>
    /// <param name="allowed">How it is written, for error messages.</param>
    /// <param name="isAllowed">Whether a value will do; null stands for an option without a value.</param>
    public static DiskOption Own(string name, string allowed, Predicate<string?> isAllowed) => new(name, allowed, (spec, value) =>
    {
        if (!isAllowed(value)) return false;
        spec.SetOwnOption(name, value);
        return true;
    });

    private static bool IsOn(string value, out bool isSwitch)
    {
        bool isOn = value.Equals("on", StringComparison.OrdinalIgnoreCase);
        isSwitch = isOn || value.Equals("off", StringComparison.OrdinalIgnoreCase);
        return isOn;
    }
}
