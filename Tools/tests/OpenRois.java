import ij.gui.Roi;
import ij.io.RoiDecoder;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Prints what ImageJ makes of an archive of ROIs, a line each: name, slice, number of pixels, smallest x and y, colour. */
public class OpenRois {
    public static void main(String[] paths) throws Exception {
        System.setProperty("java.awt.headless", "true");
        try (ZipInputStream archive = new ZipInputStream(Files.newInputStream(Path.of(paths[0])))) {
            for (ZipEntry entry = archive.getNextEntry(); entry != null; entry = archive.getNextEntry()) {
                Roi roi = RoiDecoder.openFromByteArray(archive.readAllBytes());
                var box = roi.getBounds();
                System.out.println(String.join("\t", roi.getName(), "" + roi.getPosition(), "" + roi.getContainedPoints().length,
                    "" + box.x, "" + box.y, String.format("%06x", roi.getStrokeColor().getRGB() & 0xffffff), roi.getProperty("event_id")));
            }
        }
    }
}
